package luna.sender.cli.publish;

/**
 * What was published, and to how many.
 *
 * <p>Owner: immutable.
 *
 * @param events in the payloads; unknown of lines that were sent as they are
 * @param notices of the input, left out
 * @param toNobody payloads that no subscriber got
 * @param fewest subscribers that got a payload
 * @param most the same
 */
public record PublishReport(
    long payloads, long events, long notices, long toNobody, int fewest, int most) {
  /** A sentence about what was published where. */
  public String text(String channel) {
    StringBuilder text = new StringBuilder("published ").append(count(payloads, "payload"));
    if (events > 0) {
      text.append(" (").append(count(events, "event")).append(')');
    }
    text.append(" to ").append(channel);
    if (payloads > 0) {
      text.append(", each to ");
      text.append(fewest == most ? "" : fewest + " to ").append(count(most, "subscriber"));
    }
    if (notices > 0) {
      text.append("; left out ").append(count(notices, "notice"));
    }
    return text.toString();
  }

  static String count(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }
}
