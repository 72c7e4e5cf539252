package luna.sender.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import luna.sender.config.ConfigLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests which pages are allowed. */
final class OriginsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          http://app.example.org      | app.example.org      | true
          https://app.example.org     | app.example.org      | true
          https://app.example.org     | app.example.org:443  | true
          https://app.example.org:443 | app.example.org      | true
          http://app.example.org:80   | app.example.org      | true
          http://127.0.0.1:5080       | 127.0.0.1:5080       | true
          http://[::1]:5080           | [::1]:5080           | true
          HTTPS://App.Example.org     | aPP.example.ORG      | true
          http://app.example.org      | app.example.org:443  | false
          https://app.example.org     | app.example.org:80   | false
          https://app.example.org     | app.example.org:5080 | false
          https://app.example.org:444 | app.example.org      | false
          https://example.org         | app.example.org      | false
          https://evil.example        | app.example.org      | false
          https://app.example.org.evil.example | app.example.org | false
          https://app.example.org@evil.example | app.example.org | false
          https://app.example.org/    | app.example.org      | false
          https://app.example.org evil | app.example.org     | false
          app.example.org             | app.example.org      | false
          file://                     | app.example.org      | false
          file://app.example.org      | app.example.org      | false
          chrome-extension://abc      | abc                  | false
          null                        | app.example.org      | false
          null                        | null                 | false
          ''                          | app.example.org      | false
          https://app.example.org     | ''                   | false
          """)
  void onlyPagesOfTheServicesOwnHostAndPortAreAllowed(String origin, String host, boolean in) {
    assertThat(origins("", 1).allow(List.of(origin), host)).isEqualTo(in);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          https://a.example.org                      | https://a.example.org       | true
          https://a.example.org                      | https://a.example.org:443   | true
          https://A.example.org                      | https://a.example.org       | true
          https://a.example.org                      | http://a.example.org        | false
          https://a.example.org                      | https://a.example.org:8443  | false
          https://a.example.org                      | https://b.a.example.org     | false
          https://a.example.org:8443                 | https://a.example.org:8443  | true
          https://a.example.org,https://b.example.org | https://b.example.org      | true
          https://*.example.org                      | https://a.example.org       | true
          https://*.example.org                      | https://b.a.example.org     | true
          https://*.example.org                      | https://example.org         | false
          https://*.example.org                      | https://evilexample.org     | false
          https://*.example.org                      | http://a.example.org        | false
          https://*.example.org                      | https://a.example.org:8443  | false
          https://*.example.org:8443                 | https://a.example.org:8443  | true
          https://*.example.org                      | https://a.example.org.evil.example | false
          https://*.example.org                      | null                        | false
          null                                       | null                        | true
          chrome-extension://abc                     | chrome-extension://abc      | true
          *                                          | https://evil.example        | true
          *                                          | null                        | true
          *                                          | nonsense                    | true
          """)
  void listedPageIsAllowed(String allowed, String origin, boolean in) {
    assertThat(origins(allowed, 1).allow(List.of(origin), "sender:5080")).isEqualTo(in);
  }

  @Test
  void clientWithoutOriginIsAllowed() {
    assertThat(origins("", 1).allow(List.of(), "sender")).isTrue();
  }

  @Test
  void repeatedOriginIsRejected() {
    List<String> twice = List.of("http://sender", "http://sender");
    assertThat(origins("null", 1).allow(twice, "sender")).isFalse();
  }

  @Test
  void checkCanBeDisabled() {
    assertThat(origins("", 0).allow(List.of("https://evil.example"), "sender")).isTrue();
  }

  private static Origins origins(String allowed, int check) {
    return new Origins(
        ConfigLoader.load(
                null,
                Map.of(
                    "LUNA_SENDER_HTTP_SETTINGS__ALLOWED_ORIGINS",
                    allowed,
                    "LUNA_SENDER_HTTP_SETTINGS__CHECK_ORIGIN",
                    Integer.toString(check)))
            .http());
  }
}
