/**
 * The configuration: what the service is told before it starts, and what it tells about it.
 *
 * <p>In: the packed {@code conf/config.yaml} (every key and its default), a file of the same shape,
 * and the environment; later ones win. Out: one immutable {@link luna.sender.config.Config}, and
 * its masked form for {@code GET /config}.
 *
 * <p>Why:
 *
 * <ul>
 *   <li>The defaults are in the yaml file only, never in Java, so that the file which operators
 *       read cannot drift from what runs; a test compares both ways.
 *   <li>Values are read by strict readers of our own ({@link
 *       luna.sender.config.StrictDeserializer}) and not by Jackson's: those turn {@code 80.5} into
 *       80, a quoted {@code "1"} into a number, and 0 into the first constant of an enum.
 *   <li>All problems are reported at once: a value that cannot be read is noted, replaced by its
 *       default, and reading goes on. Whoever mends a file wants the whole list.
 *   <li>YAML aliases and tags are refused: in a tree, Jackson reads an alias as the text of its
 *       name, and {@code PASSWORD: !x} as an empty text.
 *   <li>Secrets are hidden twice, by their type and by their key's name, because a key added later
 *       is easily given the wrong type.
 * </ul>
 */
@NullMarked
package luna.sender.config;

import org.jspecify.annotations.NullMarked;
