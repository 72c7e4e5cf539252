package luna.sender.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests the comparison of keys, whose words overlap in another way for each length. */
final class PayloadKeysTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 6, 7, 8, 9, 14, 15, 16, 17, 22, 23, 24, 25, 31, 32, 40})
  void keyIsFoundOnlyIfAllOfItsBytesAreEqual(int length) {
    String text = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst".substring(0, length);
    PayloadKey key = new PayloadKey(text);
    PayloadKeys<PayloadKey> keys = new PayloadKeys<>(List.of(key));
    for (String rest : List.of("", ":", ":1}", ":\"a long value after the key\"}")) {
      assertThat(find(keys, text + '"' + rest)).isSameAs(key);
      assertThat(find(keys, text + rest)).isNull();
      assertThat(find(keys, text.substring(1) + '"' + rest)).isNull();
      for (int i = 0; i < length; i++) {
        String other = text.substring(0, i) + '_' + text.substring(i + 1) + '"' + rest;
        assertThat(find(keys, other)).as(other).isNull();
      }
    }
  }

  private static @Nullable PayloadKey find(PayloadKeys<PayloadKey> keys, String input) {
    return keys.find(("{\"" + input).getBytes(StandardCharsets.UTF_8), 2);
  }
}
