package luna.sender.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.tools.attach.VirtualMachine;
import java.util.Properties;
import java.util.stream.Stream;
import luna.sender.testing.PackagedCommand;
import luna.sender.testing.PackagedSender;
import luna.sender.testing.TestCertificates;
import luna.sender.testing.TestRedis;
import org.junit.jupiter.api.Test;

/** Tests the packaged jar on a platform for which it has no BoringSSL. */
final class TlsFallbackIT {
  private static final String MESSAGE = "BoringSSL cannot be loaded";

  @Test
  void jdkIsUsedWhereBoringSslCannotBeLoaded() throws Exception {
    try (TestRedis redis = new TestRedis();
        PackagedSender sender = start(redis, "-Dio.netty.handler.ssl.noOpenSsl=true")) {
      assertThat(sender.status("/version")).isEqualTo(200);
      sender.awaitLine("INFO", MESSAGE);
    }
  }

  @Test
  void boringSslIsInTheJarAndTheJdkIsSetUp() throws Exception {
    try (TestRedis redis = new TestRedis();
        PackagedSender sender = start(redis)) {
      assertThat(sender.status("/version")).isEqualTo(200);
      assertThat(sender.output()).doesNotContain(MESSAGE);
      assertThat(systemProperties(sender))
          .containsEntry("jdk.tls.rejectClientInitiatedRenegotiation", "true")
          .containsEntry("keystore.pkcs12.keyPbeIterationCount", "1");
    }
  }

  private static Properties systemProperties(PackagedSender sender) throws Exception {
    VirtualMachine machine = VirtualMachine.attach(Long.toString(sender.process().pid()));
    try {
      return machine.getSystemProperties();
    } finally {
      machine.detach();
    }
  }

  private static PackagedSender start(TestRedis redis, String... options) throws Exception {
    return PackagedSender.start(
        redis,
        TestCertificates.settings(TestCertificates.serverFolder()),
        Stream.concat(Stream.of(PackagedCommand.FAST_START), Stream.of(options))
            .toArray(String[]::new));
  }
}
