package luna.sender.cli.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

final class BackgroundOutputTest {
  private static final Duration LONG = Duration.ofSeconds(15);
  private static final Duration SHORT = Duration.ofMillis(20);

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  @Test
  void outputIsForwardedInOrder() {
    BackgroundOutput output = new BackgroundOutput(written, "output");
    PrintStream lines = new PrintStream(output, true, UTF_8);
    for (int i = 0; i < 1000; i++) {
      lines.println(i);
    }
    assertThat(output.drain(LONG)).isTrue();
    assertThat(written.toString(UTF_8).lines()).hasSize(1000).startsWith("0", "1", "2");
  }

  @Test
  void stalledReaderDropsWholeWritesWithoutBlockingTheWriter() {
    CountDownLatch reads = new CountDownLatch(1);
    OutputStream stalled =
        new OutputStream() {
          @Override
          public void write(int b) {
            throw new AssertionError("one byte at a time");
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
              reads.await();
            } catch (InterruptedException ended) {
              throw new IOException(ended);
            }
            written.write(bytes, offset, length);
          }
        };
    BackgroundOutput output = new BackgroundOutput(stalled, "output");
    byte[] line = ("x".repeat(99_999) + "\n").getBytes(UTF_8);
    for (int i = 0; i < 100; i++) {
      output.write(line, 0, line.length);
    }
    assertThat(output.drain(SHORT)).isFalse();
    reads.countDown();
    assertThat(output.drain(LONG)).isTrue();
    assertThat(written.toString(UTF_8).lines())
        .hasSize(10)
        .allMatch(text -> text.length() > 99_998);
  }

  @Test
  void closedReaderIsNotAFailure() {
    OutputStream gone =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    BackgroundOutput output = new BackgroundOutput(gone, "output");
    for (int i = 0; i < 3; i++) {
      output.write('x');
      assertThat(output.drain(LONG)).isTrue();
    }
  }
}
