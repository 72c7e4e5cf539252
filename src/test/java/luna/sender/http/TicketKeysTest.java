package luna.sender.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.OpenSslSessionTicketKey;
import org.junit.jupiter.api.Test;

final class TicketKeysTest {
  @Test
  void keyOfNginxIsNameThenAesThenHmac() {
    byte[] name = "n".repeat(16).getBytes(ISO_8859_1);
    byte[] aes = "a".repeat(16).getBytes(ISO_8859_1);
    byte[] hmac = "h".repeat(16).getBytes(ISO_8859_1);
    String key = "n".repeat(16) + "a".repeat(16) + "h".repeat(16);
    OpenSslSessionTicketKey[] keys = new TicketKeys(key + "x".repeat(48)).toNetty();
    assertThat(keys).hasSize(2);
    assertThat(keys[0].name()).isEqualTo(name);
    assertThat(keys[0].aesKey()).isEqualTo(aes);
    assertThat(keys[0].hmacKey()).isEqualTo(hmac);
    assertThat(keys[1].name()).isEqualTo("x".repeat(16).getBytes(ISO_8859_1));
  }

  @Test
  void rotationKeepsThePreviousKeyAsTheSecond() {
    TicketKeys first = TicketKeys.random();
    TicketKeys second = first.rotate();
    assertThat(second.text()).hasSize(96).endsWith(first.text());
    assertThat(second.rotate().text()).hasSize(96).endsWith(second.text().substring(0, 48));
    assertThat(TicketKeys.random()).isNotEqualTo(first);
  }

  @Test
  void keysAreNeverShown() {
    assertThat(new TicketKeys("k".repeat(96))).hasToString("TicketKeys[2]");
  }
}
