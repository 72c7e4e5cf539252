/**
 * The configuration of the service.
 *
 * <p>In: the packaged {@code conf/config.yaml} (every key and its default), a file of the same
 * shape, and the environment; later ones win. Out: one immutable {@link luna.sender.config.Config},
 * and its masked form for {@code GET /config}.
 *
 * <p>To add a key:
 *
 * <ol>
 *   <li>its default and a comment in {@code conf/config.yaml};
 *   <li>a component of the section's record, such as {@link luna.sender.config.LimitSettings}, with
 *       its range in the compact constructor (by {@link luna.sender.config.Bounds}); for a new
 *       enum, a line in {@link luna.sender.config.ConfigMapper};
 *   <li>its schema in {@code conf/helm/luna-sender/values.schema.json} ({@code DeploymentTest}
 *       fails otherwise);
 *   <li>its description in the manual's chapter {@code operations.adoc}; for a limit, a row of the
 *       table there;
 *   <li>for a limit, a constant of {@code admission.Limit}, the check in {@code
 *       admission.Admission}, the response in {@code api.LimitError}, and what an operator does
 *       about {@code luna_sender_limited} in the runbook of {@code monitoring.adoc};
 *   <li>a line in {@code CHANGELOG.md}.
 * </ol>
 *
 * <p>Why:
 *
 * <ul>
 *   <li>The defaults are only in the YAML file, never in Java, so that the file which operators
 *       read cannot differ from what runs. A test compares both.
 *   <li>Values are parsed by our own strict deserializers ({@link
 *       luna.sender.config.StrictDeserializer}). Those of Jackson convert {@code 80.5} to 80, a
 *       quoted {@code "1"} to a number, and 0 to the first constant of an enum.
 *   <li>All problems are reported at once: an invalid value is recorded and replaced by its
 *       default, and parsing continues. So the operator gets the complete list.
 *   <li>YAML aliases and tags are rejected: in a tree, Jackson reads an alias as the text of its
 *       name, and {@code PASSWORD: !x} as an empty text.
 *   <li>Secrets are masked twice, by their type and by the name of their key, because a key added
 *       later is easily given the wrong type.
 * </ul>
 */
@NullMarked
package luna.sender.config;

import org.jspecify.annotations.NullMarked;
