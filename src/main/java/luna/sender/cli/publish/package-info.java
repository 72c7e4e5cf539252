/**
 * Publishes events from a file or a pipe, as the platform does: for tests, replays and other event
 * sources.
 *
 * <p>In: JSON in any of three forms: whole payloads, bare events, or frames as clients receive
 * them. Out: payloads of the schema {@code RedisPayload} with unchanged event bytes.
 *
 * <p><b>Why</b>
 *
 * <ul>
 *   <li>The service delivers events unchanged and does not validate them, so an invalid event would
 *       only be noticed by a client. This command finds it before it is published.
 *   <li>A file is read twice, because nothing must be published if a part of it is invalid. Input
 *       from a pipe is published as it arrives, because it may not end soon.
 * </ul>
 */
@NullMarked
package luna.sender.cli.publish;

import org.jspecify.annotations.NullMarked;
