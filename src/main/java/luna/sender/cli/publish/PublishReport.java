package luna.sender.cli.publish;

/**
 * The counts of published payloads and their subscribers.
 *
 * @param events events in the payloads; 0 for unvalidated lines
 * @param notices skipped notices
 * @param toNobody payloads without a subscriber
 * @param smallest number of subscribers of a payload
 * @param most largest number of subscribers of a payload
 */
public record PublishReport(
    long payloads, long events, long notices, long toNobody, int fewest, int most) {
  /**
   * Returns a summary as a sentence.
   *
   * @param target the channel or the stream
   * @param subscribers whether they are counted
   */
  public String text(String target, boolean subscribers) {
    StringBuilder text = new StringBuilder("published ").append(count(payloads, "payload"));
    if (events > 0) {
      text.append(" (").append(count(events, "event")).append(')');
    }
    text.append(" to ").append(target);
    if (payloads > 0 && subscribers) {
      text.append(", each to ");
      text.append(fewest == most ? "" : fewest + " to ").append(count(most, "subscriber"));
    }
    if (notices > 0) {
      text.append("; skipped ").append(count(notices, "notice"));
    }
    return text.toString();
  }

  static String count(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }
}
