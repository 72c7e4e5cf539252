package luna.sender.cli.doctor;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the limit of subscribers from Redis's {@code client-output-buffer-limit}. */
final class OutputBufferLimit {
  private static final Pattern PUBSUB = Pattern.compile("pubsub ([0-9]{1,18})");

  private OutputBufferLimit() {}

  /** Returns the hard limit in bytes; 0 if there is none, or if it is unknown. */
  static long ofPubSub(String text) {
    Matcher matcher = PUBSUB.matcher(text);
    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
  }
}
