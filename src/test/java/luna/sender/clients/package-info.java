/**
 * The manual's example clients, run as their readers run them: each as its own process, with a real
 * service, and with a server that ends connections in all possible ways.
 *
 * <p>In: the files of {@code src/main/manual/clients}. Out: whether each client follows the rules
 * in the manual's chapter about clients.
 *
 * <p>Why tags: {@code verify} runs the client that needs only a JDK. The others need their
 * languages, so they have the tag {@code clients}; running them fails if a language is missing.
 */
@NullMarked
package luna.sender.clients;

import org.jspecify.annotations.NullMarked;
