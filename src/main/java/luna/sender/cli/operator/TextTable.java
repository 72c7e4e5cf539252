package luna.sender.cli.operator;

import java.util.ArrayList;
import java.util.List;
import luna.sender.log.PrintableText;

/**
 * A table of text, with columns as wide as their longest cell.
 *
 * <p>Owner: one thread.
 */
final class TextTable {
  private final List<List<String>> rows = new ArrayList<>();
  private final int[] widths;

  TextTable(String... titles) {
    widths = new int[titles.length];
    add((Object[]) titles);
  }

  void add(Object... cells) {
    List<String> row = new ArrayList<>();
    for (int i = 0; i < widths.length; i++) {
      // Some texts come from clients, and must not control the terminal.
      String cell = PrintableText.of(String.valueOf(cells[i]));
      row.add(cell);
      widths[i] = Math.max(widths[i], cell.length());
    }
    rows.add(row);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        String cell = row.get(i);
        line.append(cell).append(" ".repeat(widths[i] - cell.length() + 2));
      }
      text.append(text.isEmpty() ? "" : System.lineSeparator())
          .append(line.toString().stripTrailing());
    }
    return text.toString();
  }
}
