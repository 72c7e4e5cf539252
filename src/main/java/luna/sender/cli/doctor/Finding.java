package luna.sender.cli.doctor;

import java.util.Locale;

/**
 * Something that looks wrong.
 *
 * @param severity the worst come first
 * @param runbook the anchor of a runbook in the manual; empty = none
 */
record Finding(Severity severity, String text, String runbook) {
  enum Severity {
    /** Events are lost or will be. */
    BROKEN,
    /** Something needs attention. */
    WARNING,
    /** Worth knowing. */
    NOTE
  }

  String line() {
    return severity.name().toLowerCase(Locale.ROOT)
        + ": "
        + text
        + (runbook.isEmpty() ? "" : " (/docs/dev/monitoring.html#" + runbook + ")");
  }
}
