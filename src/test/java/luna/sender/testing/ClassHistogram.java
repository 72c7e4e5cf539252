package luna.sender.testing;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;

/** The number of objects of each class in this process. */
public final class ClassHistogram {
  private ClassHistogram() {}

  /** Returns it after a full garbage collection, as {@code jcmd GC.class_histogram} prints it. */
  public static String live() {
    try {
      return (String)
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "gcClassHistogram",
                  new Object[] {new String[0]},
                  new String[] {String[].class.getName()});
    } catch (JMException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
