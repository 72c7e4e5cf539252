package luna.sender.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class CodeNamesTest {
  private final CodeNames codes = new CodeNames(List.of("spoof", "real", "né"), List.of(7, -1, 0));

  @Test
  void nameAndNumberOfAnOutcomeHaveTheSameMask() {
    for (int i = 0; i < codes.size(); i++) {
      assertThat(codes.mask(codes.name(i))).isEqualTo(1L << i);
      assertThat(codes.mask(codes.number(i))).isEqualTo(1L << i);
    }
    assertThat(codes.mask(-0.0)).isEqualTo(4);
  }

  @Test
  void unknownOutcomeHasNoMask() {
    for (double number : new double[] {1, 8, 6.5, 7 + (1L << 32), 1e300, Double.NaN}) {
      assertThat(codes.mask(number)).as("%s", number).isZero();
    }
    for (String name : new String[] {"", "Spoof", "spoof ", "spoo", "7", "n\u00c3\u00a9"}) {
      assertThat(codes.mask(name)).as(name).isZero();
    }
  }

  @Test
  void sixtyFourOutcomesFitAndNoMore() {
    List<String> names = IntStream.range(0, 64).mapToObj(i -> "n" + i).toList();
    List<Integer> numbers = IntStream.range(0, 64).boxed().toList();
    assertThat(new CodeNames(names, numbers).mask("n63")).isEqualTo(Long.MIN_VALUE);
    List<String> more = Collections.nCopies(65, "n");
    assertThatThrownBy(() -> new CodeNames(more, Collections.nCopies(65, 1)))
        .hasMessageContaining("at most 64");
  }
}
