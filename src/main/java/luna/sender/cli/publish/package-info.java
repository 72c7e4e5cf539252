/**
 * Publishes events from a file or a pipe, as the platform does: for tests, for replays, for other
 * sources than the platform.
 *
 * <p>In: JSON in any of three forms, whole payloads, bare events, or frames as a client gets them.
 * Out: payloads of the schema {@code RedisPayload}, each with its event's bytes untouched.
 *
 * <p><b>Why</b>
 *
 * <ul>
 *   <li>The service passes events on as they are and checks nothing in them, so a bad one would be
 *       found by whoever reads it. Here it is found before it is sent.
 *   <li>A file is read twice, for nothing of it may be sent if something in it is bad. What comes
 *       through a pipe is sent as it comes, for its end may be far away.
 * </ul>
 */
@NullMarked
package luna.sender.cli.publish;

import org.jspecify.annotations.NullMarked;
