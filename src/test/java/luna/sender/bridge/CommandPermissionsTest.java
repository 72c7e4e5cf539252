package luna.sender.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CommandPermissionsTest {
  private final CommandPermissions rights = new CommandPermissions("a connection");

  /** The errors of Redis 6.0, 6.2 and 7.0. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      textBlock =
          """
          NOPERM this user has no permissions to access one of the channels used as arguments, true
          NOPERM No permissions to access a channel, true
          NOPERM this user has no permissions to run the 'subscribe' command, false
          NOPERM this user has no permissions to run the 'subscribe' command or its subcommand, false
          NOPERM User a-channel has no permissions to run the 'subscribe' command, false
          "ERR unknown command 'subscribe', with args beginning with: 'luna-sender:check' ", false
          BUSY Redis is busy running a script, false
          """)
  void onlyMissingChannelRightsLeaveOtherChannelsUsable(String error, boolean ofChannel) {
    assertThat(CommandPermissions.isOfChannel(error)).isEqualTo(ofChannel);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "NOPERM this user has no permissions to run the 'unsubscribe' command",
        "NOPERM User sender has no permissions to run the 'sunsubscribe' command",
        "ERR unknown command 'UNSUBSCRIBE', with args beginning with: 'luna-sender-probe.1' ",
        "ERR unknown command `unsubscribe`, with args beginning with: `luna-sender-probe.1`, ",
      })
  void errorOfUnsubscribeIsRecognized(String error) {
    assertThat(CommandPermissions.isOfUnsubscribe(error)).isTrue();
    assertThat(
            CommandPermissions.isOfUnsubscribe(error.replaceAll("(?i)s?unsubscribe", "subscribe")))
        .isFalse();
  }

  @Test
  void rightsThatHandshakesNeedAreNamedFirst() {
    assertThat(rights.fault()).isEmpty();
    rights.reject("PUBLISH", "NOPERM to publish");
    rights.reject("SUBSCRIBE", "NOPERM to subscribe");
    assertThat(rights.fault()).isEqualTo("Redis rejects SUBSCRIBE, PUBLISH: NOPERM to subscribe");
    rights.grant("SUBSCRIBE");
    assertThat(rights.fault()).isEqualTo("Redis rejects PUBLISH: NOPERM to publish");
    rights.forget();
    assertThat(rights.fault()).isEmpty();
  }

  @Test
  void errorsOfRedisAreShortAndPrintable() {
    rights.reject("PUBLISH", "ERR \u001b[2J" + "x".repeat(1000));
    assertThat(rights.fault()).contains("\\u001b[2Jxxx").hasSizeLessThan(250);
  }
}
