package luna.sender;

import java.nio.file.Path;
import java.util.List;
import luna.sender.api.QueryFuzz;
import luna.sender.event.PayloadFuzz;
import luna.sender.socket.FramesFuzz;
import luna.sender.testing.FuzzCorpus;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What fuzzing has found is tried again in each build, without a fuzzer. */
final class FuzzCorpusTest {
  static List<Path> payloads() {
    return FuzzCorpus.of("PayloadFuzz");
  }

  @ParameterizedTest
  @MethodSource("payloads")
  void payloadIsReadAsJacksonReadsIt(Path input) {
    PayloadFuzz.fuzzerTestOneInput(FuzzCorpus.read(input));
  }

  static List<Path> queries() {
    return FuzzCorpus.of("QueryFuzz");
  }

  @ParameterizedTest
  @MethodSource("queries")
  void queryIsRefusedOrItsFilterDecidesAsTheNaiveOne(Path input) {
    QueryFuzz.fuzzerTestOneInput(FuzzCorpus.read(input));
  }

  static List<Path> frames() {
    return FuzzCorpus.of("FramesFuzz");
  }

  @ParameterizedTest
  @MethodSource("frames")
  void framesAreAnsweredAsTheRulesSayInWhateverPieces(Path input) {
    byte[] bytes = FuzzCorpus.read(input);
    FramesFuzz.fuzzerTestOneInput(bytes);
    for (int piece = 0; piece < 4 && bytes.length > 1; piece++) {
      bytes[1] = (byte) piece;
      FramesFuzz.fuzzerTestOneInput(bytes);
    }
  }
}
