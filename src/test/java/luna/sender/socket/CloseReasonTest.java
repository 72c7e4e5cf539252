package luna.sender.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import luna.sender.testing.ContractText;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

final class CloseReasonTest {
  /** A control frame has at most 125 bytes, two of which are the code. */
  private static final int TEXT_LIMIT_BYTES = 123;

  @ParameterizedTest
  @CsvSource({
    "SHUTDOWN, 1001, shutdown",
    "PROTOCOL, 1002, protocol",
    "INVALID, 1007, invalid",
    "TOO_BIG, 1009, too_big",
    "INTERNAL, 1011, internal",
    "SLOW, 4008, slow",
    "EXPIRED, 4401, expired",
    "OPERATOR, 4403, operator",
    "CLIENT, 0, client",
    "LOST, 1, lost",
    "SILENT, 2, silent",
  })
  void reasonHasItsCodeAndItsLabel(CloseReason reason, int code, String label) {
    assertThat((int) reason.code()).isEqualTo(code);
    assertThat(reason.label()).isEqualTo(label);
  }

  @ParameterizedTest
  @EnumSource(
      value = CloseReason.class,
      mode = Mode.EXCLUDE,
      names = {"CLIENT", "LOST", "SILENT"})
  void sentReasonHasAValidCodeAndAShortText(CloseReason reason) {
    int code = reason.code();
    assertThat(code)
        .satisfiesAnyOf(
            c -> assertThat(c).isIn(1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013),
            c -> assertThat(c).isBetween(4000, 4999));
    assertThat(reason.text()).isNotBlank();
    assertThat(reason.text().getBytes(StandardCharsets.UTF_8))
        .hasSizeLessThanOrEqualTo(TEXT_LIMIT_BYTES);
  }

  @ParameterizedTest
  @EnumSource(
      value = CloseReason.class,
      mode = Mode.EXCLUDE,
      names = {"CLIENT", "LOST", "SILENT"})
  void sentCodeIsInTheContract(CloseReason reason) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            CloseReason.class.getClassLoader().getResourceAsStream("openapi.yaml"))) {
      assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8))
          .contains("| " + reason.code() + " |");
    }
  }

  @Test
  void contractListsExactlyTheSentCodesByName() {
    JsonObject codes =
        ContractText.document()
            .getJsonObject("components")
            .getJsonObject("schemas")
            .getJsonObject("CloseCode");
    List<Object> sent = new ArrayList<>();
    List<Object> names = new ArrayList<>();
    for (CloseReason reason : CloseReason.values()) {
      if (reason.code() >= 1000) {
        sent.add((int) reason.code());
        names.add(reason.label());
      }
    }
    assertThat(codes.getJsonArray("enum").getList()).isEqualTo(sent);
    assertThat(codes.getJsonArray("x-enum-varnames").getList()).isEqualTo(names);
  }

  @ParameterizedTest
  @EnumSource(
      value = CloseReason.class,
      names = {"CLIENT", "LOST", "SILENT"})
  void unsentReasonHasNoValidCode(CloseReason reason) {
    assertThat((int) reason.code()).isBetween(0, 999);
    assertThat(reason.text()).isEmpty();
  }

  @Test
  void codesAndLabelsAreUnique() {
    CloseReason[] reasons = CloseReason.values();
    assertThat(Arrays.stream(reasons).map(CloseReason::code)).doesNotHaveDuplicates();
    assertThat(Arrays.stream(reasons).map(CloseReason::label)).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @CsvSource({
    "1002, PROTOCOL",
    "1007, INVALID",
    "1009, TOO_BIG",
    "1003, PROTOCOL",
    "0, PROTOCOL",
    "1006, PROTOCOL"
  })
  void violationOfAClientHasTheReasonOfItsCode(int code, CloseReason reason) {
    assertThat(CloseReason.ofViolation(code)).isEqualTo(reason);
  }

  @ParameterizedTest
  @EnumSource(CloseReason.class)
  void onlyRoutineReasonsAreOrdinary(CloseReason reason) {
    assertThat(reason.isOrdinary())
        .isEqualTo(
            reason == CloseReason.CLIENT
                || reason == CloseReason.LOST
                || reason == CloseReason.SHUTDOWN
                || reason == CloseReason.EXPIRED);
  }
}
