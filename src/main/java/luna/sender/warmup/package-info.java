/**
 * The warm-up: runs the code of handshakes and deliveries before the node gets clients.
 *
 * <p>In: the configuration and the contract. Out: nothing but code that the JVM has compiled.
 *
 * <p>Why: the JVM interprets code at first. The first thousands of handshakes of a node cost
 * several times the CPU of later ones, and after a failover or an update they come all at once.
 *
 * <p>Why a second server and not the node's own: nothing of the warm-up may appear in metrics,
 * limits, logs or Redis. The JVM compiles code for classes, not for their instances.
 */
@NullMarked
package luna.sender.warmup;

import org.jspecify.annotations.NullMarked;
