package luna.sender.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import luna.sender.config.ConfigException;
import luna.sender.config.TlsSettings.Provider;
import org.junit.jupiter.api.Test;

final class TlsLibraryTest {
  private static final Throwable MISSING = new UnsatisfiedLinkError("no such library");

  @Test
  void autoSelectsTheJdkOnlyIfBoringSslCannotBeLoaded() {
    assertThat(TlsLibrary.select(Provider.AUTO, null)).isEqualTo(TlsLibrary.BORING_SSL);
    assertThat(TlsLibrary.select(Provider.AUTO, MISSING)).isEqualTo(TlsLibrary.JDK);
  }

  @Test
  void configuredLibraryIsUsed() {
    assertThat(TlsLibrary.select(Provider.OPENSSL, null)).isEqualTo(TlsLibrary.BORING_SSL);
    assertThat(TlsLibrary.select(Provider.JDK, null)).isEqualTo(TlsLibrary.JDK);
    assertThat(TlsLibrary.select(Provider.JDK, MISSING)).isEqualTo(TlsLibrary.JDK);
  }

  @Test
  void configuredLibraryThatCannotBeLoadedIsAnError() {
    assertThatThrownBy(() -> TlsLibrary.select(Provider.OPENSSL, MISSING))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "LUNA_SENDER_HTTP_SETTINGS.TLS.PROVIDER: openssl (expected: auto or jdk, because"
                + " BoringSSL cannot be loaded: java.lang.UnsatisfiedLinkError: no such library)");
  }
}
