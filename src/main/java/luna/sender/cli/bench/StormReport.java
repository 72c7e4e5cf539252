package luna.sender.cli.bench;

import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * The results of a reconnect storm.
 *
 * <p>Units: histograms in nanoseconds.
 *
 * @param clients clients that lost their connections
 * @param stayed clients that kept theirs
 * @param back clients that came back: connected, and at the end of their replay
 * @param resumed of these, clients that continued after their last position
 * @param seconds from the loss of the connections until the last of these was back
 * @param backTimes the same time of each client
 * @param failures failed handshakes and early closes, by reason
 * @param outcomes the server's answers whether anything is missing after a position
 * @param events the events of these clients
 * @param stayedLatency latency of the deliveries to the clients that stayed, in the storm
 * @param stayedLatencyAfter the same after the storm
 */
public record StormReport(
    long clients,
    long stayed,
    long back,
    long resumed,
    double seconds,
    Histogram backTimes,
    Handshakes handshakes,
    Map<String, Long> failures,
    long retries,
    Map<String, Long> outcomes,
    Events events,
    Histogram stayedLatency,
    Histogram stayedLatencyAfter) {

  /**
   * Counts of (event, client) pairs.
   *
   * @param replayed delivered before the client was back
   * @param missed published while a client without a position was disconnected
   * @param lost expected, and never delivered
   * @param duplicated delivered more than once
   */
  public record Events(long replayed, long missed, long lost, long duplicated) {}

  /** Returns whether all clients came back. */
  boolean isComplete() {
    return back == clients;
  }
}
