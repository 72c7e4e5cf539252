package luna.sender.bridge.history;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TailAlignmentTest {
  @ParameterizedTest
  @CsvSource({
    "'',    abc,  0", // nothing is recorded
    "xyz,   abc,  0", // the standby has heard only newer payloads
    "xya,   abc,  1",
    "abc,   abc,  3", // all are recorded
    "bc,    abcd, 3", // the stream was trimmed
    "xab,   abab, 2",
    "aa,    aaab, 2", // equal payloads
    "xdab,  abc,  2",
    "adbe,  abc,  2", // d and e were appended by a publisher
    "ac,    abcd, 3", // b was dropped
  })
  void payloadsAfterTheEndOfTheStreamAreAppended(String tail, String heard, int appended) {
    assertThat(align(tail, heard, false)).isEqualTo(appended);
  }

  @Test
  void trimmedStreamOfEqualPayloadsIsAssumedToHaveAllOfThem() {
    assertThat(align("a", "aaab", true)).isEqualTo(3);
    assertThat(align("a", "aaab", false)).isEqualTo(1);
  }

  /** The recorders append a sequence of distinct payloads; a publisher appends others. */
  @Property
  void eachDistinctPayloadIsAppendedOnce(
      @ForAll @IntRange(max = 30) int heardFrom,
      @ForAll @IntRange(max = 30) int recorded,
      @ForAll @IntRange(max = 30) int kept,
      @ForAll @Size(max = 30) List<Boolean> foreign) {
    List<byte[]> stream = new ArrayList<>();
    for (int i = 0; i < recorded; i++) {
      if (i < foreign.size() && foreign.get(i)) {
        stream.add(payload(1000 + i));
      }
      stream.add(payload(i));
    }
    List<byte[]> tail = stream.subList(Math.max(0, stream.size() - kept - 2), stream.size());
    List<byte[]> heard = new ArrayList<>();
    for (int i = heardFrom; i < 30; i++) {
      heard.add(payload(i));
    }
    assertThat(TailAlignment.align(tail, heard, false).appended())
        .isEqualTo(Math.max(0, recorded - heardFrom));
  }

  /** The stream has everything since its start, so equal payloads are not ambiguous. */
  @Property
  void equalPayloadsOfAWholeStreamAreAppendedOnce(
      @ForAll @Size(max = 20) List<@IntRange(max = 1) Integer> published,
      @ForAll @IntRange(max = 20) int recorded) {
    List<byte[]> heard = published.stream().map(TailAlignmentTest::payload).toList();
    int end = Math.min(recorded, heard.size());
    TailAlignment.Alignment found = TailAlignment.align(heard.subList(0, end), heard, false);
    assertThat(found.appended()).isEqualTo(end);
    assertThat(found.matches()).isEqualTo(end);
  }

  private static int align(String tail, String heard, boolean trimmed) {
    return TailAlignment.align(payloads(tail), payloads(heard), trimmed).appended();
  }

  private static List<byte[]> payloads(String letters) {
    return letters.chars().mapToObj(TailAlignmentTest::payload).toList();
  }

  private static byte[] payload(int number) {
    return Integer.toString(number).getBytes(US_ASCII);
  }
}
