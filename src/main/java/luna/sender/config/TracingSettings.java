package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Traces for OpenTelemetry.
 *
 * <p>Owner: immutable.
 *
 * @param endpoint where spans are posted, by OTLP over HTTP; empty for no traces
 * @param sampleRatio the part of the payloads, and of the handshakes, that is traced
 * @param serviceName under which the spans are found
 * @param accountId whether the account is told
 * @param headers for the collector: {@code name=value,name=value}
 * @param headersFile a file with the headers, read for each export; empty = none
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record TracingSettings(
    String endpoint,
    double sampleRatio,
    String serviceName,
    boolean accountId,
    Secret headers,
    String headersFile) {
  private static final Pattern HEADER =
      Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+=[\\x20-\\x2B\\x2D-\\x7E]+");

  public TracingSettings {
    if (!endpoint.isEmpty()) {
      Bounds.url("ENDPOINT", endpoint);
    }
    Bounds.ratio("SAMPLE_RATIO", sampleRatio);
    Bounds.notEmpty("SERVICE_NAME", serviceName);
    checkHeaders("HEADERS", Secret.MASK, headers);
    SecretFile.check("HEADERS", headers, "HEADERS_FILE", headersFile);
    checkHeaders("HEADERS_FILE", headersFile, SecretFile.of(headers, "HEADERS_FILE", headersFile));
  }

  private static void checkHeaders(String key, String shown, Secret headers) {
    for (String header : split(headers)) {
      if (!HEADER.matcher(header).matches()) {
        throw Bounds.bad(key, shown, "name=value, separated by commas");
      }
    }
  }

  /** Whether anything is ever traced. */
  public boolean enabled() {
    return !endpoint.isEmpty() && sampleRatio > 0;
  }

  /** The headers by their names, as they are now; blocks where they are in a file. */
  public Map<String, String> headerValues() {
    String key = "LUNA_SENDER_TRACING.HEADERS_FILE";
    Secret current = SecretFile.of(headers, key, headersFile);
    checkHeaders(key, headersFile, current);
    Map<String, String> values = new LinkedHashMap<>();
    for (String header : split(current)) {
      int equals = header.indexOf('=');
      values.put(header.substring(0, equals), header.substring(equals + 1));
    }
    return values;
  }

  private static String[] split(Secret headers) {
    return headers.isEmpty() ? new String[0] : headers.value().split(",", -1);
  }
}
