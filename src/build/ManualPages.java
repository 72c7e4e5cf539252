import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;

/**
 * Splits the rendered manual into its pages: one for each chapter, and an index.
 *
 * <p>Shape: {@code ManualPages.java <rendered> <output> <version of Lunr>}. {@code rendered} has
 * the manual as one document, {@code index.html}, and the files beside it, which are copied. The pages
 * fill the template {@code src/main/manual/_page/page.html}. {@code anchors.json} has the page of each
 * anchor, for links to the former single document; {@code search.json} has the sections that the
 * search of the pages indexes.
 *
 * <p>Errors: the build fails if an id is not unique, if a link leads to no anchor or file, or if a
 * page is too large.
 *
 * <p>Why one document is rendered and then split: its cross references need no names of files, get
 * the title of their target, and are checked, which Asciidoctor does only within a document; and it
 * starts once. Antora, MkDocs and Docusaurus need Node.js or Python, and this build only a JDK.
 */
final class ManualPages {
  private static final int LIMIT_BYTES = 200_000;
  private static final String TITLE = "Luna Sender manual";
  private static final Path ICON = Path.of("src/main/resources/luna/sender/console/icon.svg");
  private static final Path TEMPLATE = Path.of("src/main/manual/_page/page.html");
  private static final String LIBRARY = "META-INF/resources/webjars/lunr/%s/lunr.min.js";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path output;
  private final List<Page> pages = new ArrayList<>();

  /** The pages of ids. */
  private final Map<String, Page> places = new TreeMap<>();

  private final List<String> problems = new ArrayList<>();

  private ManualPages(Path output) {
    this.output = output;
  }

  /**
   * A page.
   *
   * @param kind tutorial, how-to, reference or explanation; empty for the index
   */
  private record Page(String file, String kind, String title, Element content) {
    boolean isIndex() {
      return kind.isEmpty();
    }
  }

  public static void main(String[] arguments) throws IOException {
    Path rendered = Path.of(arguments[0]);
    ManualPages manual = new ManualPages(Files.createDirectories(Path.of(arguments[1])));
    manual.copy(rendered, String.format(LIBRARY, arguments[2]));
    Element whole = Jsoup.parse(rendered.resolve("index.html")).getElementById("content");
    simplify(whole);
    manual.split(whole);
    manual.link();
    manual.data();
    for (int i = 0; i < manual.pages.size(); i++) {
      manual.write(i);
    }
    if (!manual.problems.isEmpty()) {
      throw new IllegalStateException(String.join("\n", manual.problems));
    }
  }

  /** Copies the files of the manual and the library of the search, and deletes those of former builds. */
  private void copy(Path rendered, String library) throws IOException {
    try (Stream<Path> former = Files.walk(output)) {
      for (Path file : former.filter(Files::isRegularFile).toList()) {
        Files.delete(file);
      }
    }
    Files.copy(ICON, output.resolve("icon.svg"));
    try (Stream<Path> files = Files.walk(rendered)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = output.resolve(rendered.relativize(file).toString());
        Files.createDirectories(target.getParent());
        Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    try (InputStream code = ManualPages.class.getClassLoader().getResourceAsStream(library)) {
      if (code == null) {
        throw new IOException("class path: no " + library + " (expected: in the WebJar)");
      }
      Files.copy(code, output.resolve("lunr.js"), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /**
   * Removes what the pages do not need, which is a third of the bytes, and the inline styles, which
   * their content policy forbids. Makes everything that scrolls reachable by keyboard.
   */
  private static void simplify(Element whole) {
    for (Element column : whole.select("col[style]")) {
      double percent = Double.parseDouble(column.attr("style").replaceAll("[^0-9.]", ""));
      column.removeAttr("style").addClass("w" + Math.round(percent / 5) * 5);
    }
    whole.select("td p.tableblock:only-child").unwrap();
    whole.select(".tableblock").removeClass("tableblock").removeClass("halign-left").removeClass("valign-top");
    whole.select("[class='']").removeAttr("class");
    for (Element note : whole.select(".admonitionblock")) {
      Element content = note.selectFirst("td.content");
      String kind = note.selectFirst("td.icon").text();
      note.clearAttributes().addClass("note").attr("role", "note").empty();
      note.appendElement("p").addClass("title").text(kind);
      note.appendChildren(new ArrayList<>(content.childNodes()));
    }
    for (Element table : whole.select("table")) {
      Element title = table.selectFirst("caption");
      String label = title == null ? heading(table) : title.text();
      table.wrap("<div class=scroll role=group tabindex=0></div>");
      table.parent().attr("aria-label", "Table: " + label);
      table.select("thead th").attr("scope", "col");
    }
    // A header without text names nothing.
    whole.select("th:matchesOwn(^$):not(:has(*))").tagName("td").removeAttr("scope");
    for (Element code : whole.select("pre")) {
      Element language = code.selectFirst("code[data-lang]");
      String label = language == null ? "Text" : "Code in " + language.attr("data-lang");
      code.attr("role", "group").attr("tabindex", "0").attr("aria-label", label + ": " + heading(code));
    }
    // Kinds of tokens without a colour are half of the bytes of the example clients.
    whole.select("pre :is(.n, .nx, .o, .p, .pi, .w)").unwrap();
    whole.select("img").attr("loading", "lazy");
  }

  /** Returns the heading of the section that contains the element. */
  private static String heading(Element element) {
    for (Element parent : element.parents()) {
      Element first = parent.firstElementChild();
      if (parent.className().startsWith("sect") && first.normalName().matches("h[2-6]")) {
        return first.text();
      }
    }
    return TITLE;
  }

  private void split(Element whole) {
    Page index = new Page("index.html", "", TITLE, new Element("div"));
    pages.add(index);
    index.content.appendElement("h1").text(TITLE);
    String kind = "";
    for (Element part : whole.children()) {
      if (part.id().equals("preamble")) {
        index.content.appendChildren(part.child(0).children());
      } else if (part.normalName().equals("h1")) {
        kind = part.text();
        index.content.appendElement("h2").attr("id", part.id()).text(kind);
        index.content.appendElement("ul");
      } else {
        Element heading = part.firstElementChild();
        String file = heading.id().replaceFirst("^_", "").replace('_', '-') + ".html";
        for (int level = 2; level <= 6; level++) {
          part.select("h" + level).tagName("h" + (level - 1));
        }
        Page page = new Page(file, kind, heading.text(), part);
        pages.add(page);
        index.content.lastElementChild().appendElement("li").appendChild(link(page));
      }
    }
  }

  private static Element link(Page page) {
    return new Element("a").attr("href", page.file).text(page.title);
  }

  /** Registers all ids, and lets all links name the page of their anchor. */
  private void link() {
    Set<String> files = new HashSet<>();
    for (Page page : pages) {
      if (!files.add(page.file)) {
        problems.add(page.file + ": two chapters (expected: another id for one of them)");
      }
      for (Element element : page.content.select("[id]")) {
        if (places.put(element.id(), page) != null) {
          problems.add("#" + element.id() + ": on " + page.file + " and before (expected: once)");
        }
      }
    }
    for (Page page : pages) {
      for (Element link : page.content.select("a[href]")) {
        String target = link.attr("href");
        Page place = places.get(target.substring(1));
        if (target.startsWith("#") && place == null) {
          problems.add(page.file + ": link to " + target + " (expected: an anchor)");
        } else if (target.startsWith("#") && place != page) {
          boolean isTop = place.content.firstElementChild().id().equals(target.substring(1));
          link.attr("href", isTop ? place.file : place.file + target);
        } else if (!target.contains(":") && !target.startsWith("#") && !exists(target)) {
          problems.add(page.file + ": link to " + target + " (expected: a file)");
        }
      }
    }
  }

  private boolean exists(String target) {
    return Files.exists(output.resolve(target)) || pages.stream().anyMatch(page -> page.file.equals(target));
  }

  private void write(int number) throws IOException {
    Page page = pages.get(number);
    Document document = Jsoup.parse(TEMPLATE);
    document.outputSettings().prettyPrint(false);
    document.title(page.isIndex() ? TITLE : page.title + " – " + TITLE);
    contents(document.getElementById("contents"), page);
    Element main = document.getElementById("content");
    if (!page.isIndex()) {
      main.appendElement("p").addClass("kind").text(page.kind);
    }
    main.appendChildren(new ArrayList<>(page.content.childNodes()));
    Element turn = main.appendElement("nav").addClass("turn").attr("aria-label", "Previous and next page");
    if (number > 0) {
      turn.appendChild(link(pages.get(number - 1)).attr("rel", "prev").prependText("← "));
    }
    if (number < pages.size() - 1) {
      turn.appendChild(link(pages.get(number + 1)).attr("rel", "next").appendText(" →"));
    }
    Set<String> ids = new HashSet<>();
    for (Element element : document.select("[id]")) {
      if (!ids.add(element.id())) {
        problems.add(page.file + ": #" + element.id() + " (expected: not an id of the template)");
      }
    }
    byte[] html = document.outerHtml().getBytes(StandardCharsets.UTF_8);
    if (html.length > LIMIT_BYTES) {
      problems.add(page.file + ": " + html.length + " bytes (expected: at most " + LIMIT_BYTES + ")");
    }
    Files.write(output.resolve(page.file), html);
  }

  /** Lists all pages by kind, and the sections of this one. */
  private void contents(Element contents, Page current) {
    String kind = "";
    for (Page page : pages) {
      if (page.isIndex()) {
        continue;
      }
      if (!page.kind.equals(kind)) {
        kind = page.kind;
        contents.appendElement("p").text(kind);
        contents.appendElement("ul");
      }
      Element item = contents.lastElementChild().appendElement("li").appendChild(link(page));
      if (page == current) {
        item.firstElementChild().attr("aria-current", "page");
        Element sections = item.appendElement("ul");
        for (Element heading : page.content.select("h2[id]:not(.discrete)")) {
          sections.appendElement("li").appendElement("a").attr("href", "#" + heading.id()).text(heading.text());
        }
        if (sections.childrenSize() == 0) {
          sections.remove();
        }
      }
    }
  }

  /** Writes what the script of the pages reads. */
  private void data() throws IOException {
    Map<String, String> anchors = new LinkedHashMap<>();
    places.forEach((id, page) -> anchors.put(id, page.file));
    JSON.writeValue(output.resolve("anchors.json").toFile(), anchors);
    ArrayNode sections = JSON.createArrayNode();
    for (Page page : pages) {
      if (page.isIndex()) {
        continue;
      }
      for (Element heading : page.content.select(":is(h1, h2, h3, h4)[id]:not(.discrete)")) {
        Element section = heading.parent().clone();
        section.children().get(0).remove();
        section.select(".sectionbody > .sect2, .sect2 > .sect3, .sect3 > .sect4").remove();
        boolean isTop = heading.normalName().equals("h1");
        sections
            .addObject()
            .put("id", isTop ? page.file : page.file + "#" + heading.id())
            .put("title", heading.text())
            .put("page", page.title)
            .put("text", section.text());
      }
    }
    JSON.writeValue(output.resolve("search.json").toFile(), sections);
  }
}
