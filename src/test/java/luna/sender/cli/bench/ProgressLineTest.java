package luna.sender.cli.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class ProgressLineTest {
  private static final Sample SAMPLE =
      new Sample(
          12.3,
          100,
          2_460,
          19_876.5,
          new Sample.Latency(812_000, 4_300_000),
          new DeliveryErrors(1, 2, 3, 4));

  @Test
  void lineShowsTheProgress() {
    assertThat(ProgressLine.line(SAMPLE).strip())
        .isEqualTo(
            "12 s  100 open  2,460 published  19,877 deliveries/s  p50 0.81 ms  p99 4.30 ms"
                + "  lost/dup/order/wrong 1/2/3/4");
  }

  @Test
  void withoutDeliveriesThereAreNoPercentiles() {
    Sample none = new Sample(1, 0, 0, 0, null, new DeliveryErrors(0, 0, 0, 0));
    assertThat(ProgressLine.line(none)).contains("p50 -  p99 -");
  }

  @Test
  void quietPrintsNothing() {
    StringWriter out = new StringWriter();
    ProgressLine progress = new ProgressLine(new PrintWriter(out), true);
    progress.show(SAMPLE);
    progress.end();
    assertThat(out.toString()).isEmpty();
  }
}
