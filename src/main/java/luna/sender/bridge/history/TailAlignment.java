package luna.sender.bridge.history;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds out how many of the payloads that a recorder has heard are in the stream already.
 *
 * <p>How: the heard payloads are a part of a sequence, and the recorders have appended that
 * sequence up to some payload. So the end of the stream is compared backwards with each place in
 * the heard payloads, and the place with the longest match is the one. Entries of the stream that
 * were not heard are ignored, because some publishers append to the stream themselves.
 *
 * <p>Errors: equal payloads can match at several places. If the stream still has its beginning, the
 * first place is correct, otherwise the last one is used: it never appends a payload twice.
 */
final class TailAlignment {
  private TailAlignment() {}

  /**
   * The result.
   *
   * @param appended how many of the first heard payloads are in the stream
   * @param matches how many of the last of these are the last entries of the stream that were heard
   */
  record Alignment(int appended, int matches) {}

  /**
   * @param tail the last entries of the stream, oldest first
   * @param heard the heard payloads, oldest first
   * @param trimmed whether older entries may have been removed from the stream
   */
  static Alignment align(List<byte[]> tail, List<byte[]> heard, boolean trimmed) {
    Map<ByteBuffer, Integer> numbers = new HashMap<>();
    int[] places = new int[heard.size()];
    for (int i = 0; i < places.length; i++) {
      ByteBuffer payload = ByteBuffer.wrap(heard.get(i));
      Integer number = numbers.putIfAbsent(payload, numbers.size() + 1);
      places[i] = number == null ? numbers.size() : number;
    }
    int[] entries =
        tail.stream()
            .map(entry -> numbers.get(ByteBuffer.wrap(entry)))
            .filter(number -> number != null)
            .mapToInt(Integer::intValue)
            .toArray();
    if (entries.length == 0) {
      return new Alignment(0, 0);
    }
    int[] matches = matchesBackwards(entries, places);
    int best = 0;
    for (int end = 1; end <= places.length; end++) {
      if (matches[end] > matches[best] || (trimmed && matches[end] == matches[best])) {
        best = end;
      }
    }
    return new Alignment(best, matches[best]);
  }

  /**
   * Returns, for each {@code end}, how many of the last entries equal the places before it, by the
   * Z-function of both in reverse.
   */
  private static int[] matchesBackwards(int[] entries, int[] places) {
    int split = entries.length;
    int[] text = new int[split + 1 + places.length]; // with a 0, which is no number, in between
    for (int i = 0; i < split; i++) {
      text[i] = entries[split - 1 - i];
    }
    for (int i = 0; i < places.length; i++) {
      text[split + 1 + i] = places[places.length - 1 - i];
    }
    int[] matches = new int[places.length + 1];
    int[] z = new int[text.length];
    int left = 0;
    int right = 0;
    for (int i = 1; i < text.length; i++) {
      int length = i < right ? Math.min(right - i, z[i - left]) : 0;
      while (i + length < text.length && text[length] == text[i + length]) {
        length++;
      }
      if (i + length > right) {
        left = i;
        right = i + length;
      }
      z[i] = length;
      if (i > split) {
        matches[places.length - (i - split - 1)] = length;
      }
    }
    return matches;
  }
}
