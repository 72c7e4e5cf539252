package luna.sender.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import luna.sender.testing.LineProtocol;
import luna.sender.testing.LineProtocol.Point;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PointBuilderTest {
  private static final long NOW = System.currentTimeMillis() * 1_000_000 + 123_456;

  @Test
  void lineHasTheDocumentedSyntax() {
    assertThat(
            text(
                new PointBuilder("requests")
                    .tag("route", "GET:/a b,c=d")
                    .tag("service", "luna-sender")
                    .tag("status_code", "")
                    .field("request_id", "a \"b\" \\ c,d=e")
                    .field("count", -3)
                    .seconds("execution_time", 12_000_034_567L)))
        .isEqualTo(
            "requests,route=GET:/a\\ b\\,c\\=d,service=luna-sender"
                + " request_id=\"a \\\"b\\\" \\\\ c,d=e\",count=-3i,execution_time=12.000034567 "
                + NOW
                + "\n");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 999_999_999, 1_000_000_000, 1_000_000_001, Long.MAX_VALUE})
  void timesAreExactToTheNanosecond(long nanos) {
    String line = text(new PointBuilder("requests").seconds("execution_time", nanos));
    assertThat(line)
        .contains("execution_time=" + java.math.BigDecimal.valueOf(nanos, 9).toPlainString() + " ");
  }

  @Test
  void negativeTimeIsOmitted() {
    assertThat(text(new PointBuilder("requests").seconds("execution_time", -5)))
        .contains("execution_time=0.000000000 ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\nrequests,route=x f=1 1",
        "a\r\nb",
        "\\",
        "a\\",
        "\\,status_code=200",
        "a\\ b=\"c\"",
        "\"",
        "\u0000\u0085\u007f",
        "\ud800 alone",
        "=,= ",
        "# comment",
      })
  void specialCharactersStayInOneValueOfOneLine(String hostile) {
    check(hostile);
  }

  @Test
  void anyTextStaysInOneValueOfOneLine() {
    Random random = new Random(7);
    String alphabet = "\\\\\\\",= \n\r\t\0ab#'é\u2028😀";
    for (int round = 0; round < 20_000; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(8); i >= 0; i--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      check(text.toString());
    }
  }

  private static void check(String hostile) {
    String body =
        text(
            new PointBuilder("requests")
                .tag("route", hostile)
                .tag("status_code", hostile)
                .field("request_id", hostile)
                .field("count", 1));
    List<Point> points = LineProtocol.parse(body);
    assertThat(points).as(body).hasSize(1);
    // A lone surrogate has no UTF-8 encoding.
    String sent = new String(hostile.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    String plain = sent.replaceAll("\\p{Cc}", "_");
    assertThat(points.get(0).tags())
        .containsOnlyKeys("route", "status_code")
        .containsEntry("route", plain.replace('\\', '_'))
        .containsEntry("status_code", plain.replace('\\', '_'));
    assertThat(points.get(0).fields())
        .containsOnlyKeys("request_id", "count")
        .containsEntry("request_id", plain)
        .containsEntry("count", 1L);
  }

  private static String text(PointBuilder line) {
    return new String(line.at(NOW), StandardCharsets.UTF_8);
  }
}
