package luna.sender.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class EstimationTest {
  @ParameterizedTest
  @CsvSource({
    "ETHNIC_GROUP, 1, african_american indian asian caucasian",
    "LIVENESS, 0, spoof real unknown",
    "MASK, 1, missing medical_mask occluded",
    "EMOTION, 1, anger disgust fear happiness neutral sadness surprise",
  })
  void onlyOutcomesHaveACodeInTheirOrder(Estimation estimation, int first, String outcomes) {
    List<String> names = List.of(outcomes.split(" ", -1));
    for (int i = 0; i < names.size(); i++) {
      assertThat(estimation.code(names.get(i))).isEqualTo(first + i);
      assertThat(estimation.code(first + i)).isEqualTo(first + i);
    }
    assertThat(estimation.code(first - 1)).isEqualTo(Attributes.ABSENT);
    assertThat(estimation.code(first + names.size())).isEqualTo(Attributes.ABSENT);
    for (String name : names) {
      assertThat(estimation.code(name.toUpperCase(Locale.ROOT))).isEqualTo(Attributes.ABSENT);
      assertThat(estimation.code(name + " ")).isEqualTo(Attributes.ABSENT);
    }
  }

  @ParameterizedTest
  @EnumSource(Estimation.class)
  void unknownOutcomeIsAbsent(Estimation estimation) {
    for (int number : new int[] {-1, 8, 32, 33, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
      assertThat(estimation.code(number)).isEqualTo(Attributes.ABSENT);
    }
    for (String name : new String[] {"", "0", "1", "none", "other"}) {
      assertThat(estimation.code(name)).isEqualTo(Attributes.ABSENT);
    }
  }
}
