/**
 * The manual's example clients, run as their readers run them: each as a process of its own,
 * against a real service, and against a server that ends connections in all the ways that there
 * are.
 *
 * <p>In: the files of {@code src/main/manual/clients}. Out: whether each keeps the rules that the
 * manual's chapter about clients gives.
 *
 * <p>Why tags: {@code verify} runs the client that needs nothing but a JDK. The others need their
 * languages, so they have the tag {@code clients}, and a run of them fails where one is missing.
 */
@NullMarked
package luna.sender.clients;

import org.jspecify.annotations.NullMarked;
