package luna.sender.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.Locale;
import org.slf4j.event.Level;

/**
 * Settings of the log.
 *
 * <p>Units: {@code maxLogFileSizeMib} is in MiB.
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record LoggerSettings(
    Level logLevel,
    Time logTime,
    Format logFormat,
    boolean logToStdout,
    boolean logToFile,
    String folderWithLogs,
    @JsonProperty("MAX_LOG_FILE_SIZE") int maxLogFileSizeMib) {
  public LoggerSettings {
    Bounds.notEmpty("FOLDER_WITH_LOGS", folderWithLogs);
    if (folderWithLogs.contains("%")) { // Logback would parse it as part of a pattern
      throw Bounds.bad("FOLDER_WITH_LOGS", folderWithLogs, "a path without %");
    }
    Bounds.range("MAX_LOG_FILE_SIZE", maxLogFileSizeMib, 1, 1 << 20);
  }

  /** The time zone of the text format. */
  public enum Time {
    LOCAL,
    UTC
  }

  /** The format of a line. */
  public enum Format {
    TEXT,
    JSON;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
