package luna.sender;

import java.nio.file.Path;
import java.util.List;
import luna.sender.api.HeadFuzz;
import luna.sender.testing.FuzzCorpus;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The part of {@link FuzzCorpusTest} that needs a server. */
final class FuzzCorpusIT {
  static List<Path> heads() {
    return FuzzCorpus.of("HeadFuzz");
  }

  @ParameterizedTest
  @MethodSource("heads")
  void headIsAnsweredAsInTheContractOrItsConnectionEnds(Path input) {
    HeadFuzz.fuzzerTestOneInput(FuzzCorpus.read(input));
  }
}
