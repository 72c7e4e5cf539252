package luna.sender.event;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;
import luna.sender.testing.TestContract;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Parses a payload of one event into its frame and its attributes.
 *
 * <p>Inside the timer: {@code parser} is all that the bridge does, including the check of UTF-8 and
 * the frame; {@code jsonObject} is {@code new JsonObject(buffer)} alone, without a frame.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class PayloadParseBench {
  @Param({"1000", "14000"})
  int bytes;

  private final PayloadParser parser = new PayloadParser(1 << 20, TestContract.EVENTS, false);
  private byte[] payload = new byte[0];
  private Buffer buffer = Buffer.buffer();

  @Setup
  public void make() {
    payload = BenchPayloads.of(bytes);
    buffer = Buffer.buffer(payload);
  }

  @Benchmark
  public Object parser() throws MalformedPayloadException {
    return parser.parse("8b8b5937-2e9c-4e8b-a7a7-5caf86621b5a", payload, 0);
  }

  @Benchmark
  public Object jsonObject() {
    return new JsonObject(buffer);
  }
}
