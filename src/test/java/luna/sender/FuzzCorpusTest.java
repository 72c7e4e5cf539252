package luna.sender;

import java.nio.file.Path;
import java.util.List;
import luna.sender.api.QueryFuzz;
import luna.sender.event.PayloadFuzz;
import luna.sender.socket.FramesFuzz;
import luna.sender.testing.FuzzCorpus;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Replays the inputs that fuzzing has found, without a fuzzer. */
final class FuzzCorpusTest {
  static List<Path> payloads() {
    return FuzzCorpus.of("PayloadFuzz");
  }

  @ParameterizedTest
  @MethodSource("payloads")
  void payloadIsParsedAsByJackson(Path input) {
    PayloadFuzz.fuzzerTestOneInput(FuzzCorpus.read(input));
  }

  static List<Path> queries() {
    return FuzzCorpus.of("QueryFuzz");
  }

  @ParameterizedTest
  @MethodSource("queries")
  void queryIsRejectedOrItsFilterEqualsTheNaiveOne(Path input) {
    QueryFuzz.fuzzerTestOneInput(FuzzCorpus.read(input));
  }

  static List<Path> frames() {
    return FuzzCorpus.of("FramesFuzz");
  }

  @ParameterizedTest
  @MethodSource("frames")
  void framesAreAnsweredAsInTheReferenceHoweverTheyAreSplit(Path input) {
    byte[] bytes = FuzzCorpus.read(input);
    FramesFuzz.fuzzerTestOneInput(bytes);
    for (int piece = 0; piece < 4 && bytes.length > 1; piece++) {
      bytes[1] = (byte) piece;
      FramesFuzz.fuzzerTestOneInput(bytes);
    }
  }
}
