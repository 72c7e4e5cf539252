package luna.sender.testing;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/**
 * Measures the CPU time of the event loops of another Java process, so other processes on a busy
 * machine do not count.
 *
 * <p>Owner: one test thread.
 */
public final class LoopClock implements AutoCloseable {
  private static final String LOOP = "vert.x-eventloop-thread";

  private final JMXConnector connector;
  private final ThreadMXBean threads;
  private final long[] loops;

  private LoopClock(JMXConnector connector) throws IOException {
    this.connector = connector;
    threads =
        ManagementFactory.newPlatformMXBeanProxy(
            connector.getMBeanServerConnection(),
            ManagementFactory.THREAD_MXBEAN_NAME,
            ThreadMXBean.class);
    loops =
        Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
            .filter(thread -> thread != null && thread.getThreadName().startsWith(LOOP))
            .mapToLong(ThreadInfo::getThreadId)
            .toArray();
  }

  /** Attaches to a process whose event loops are already running. */
  @SuppressWarnings("BanJNDI") // The address comes from the process that this test started.
  public static LoopClock of(Process process) throws IOException {
    try {
      VirtualMachine machine = VirtualMachine.attach(Long.toString(process.pid()));
      String address = machine.startLocalManagementAgent();
      machine.detach();
      return new LoopClock(JMXConnectorFactory.connect(new JMXServiceURL(address)));
    } catch (AttachNotSupportedException failure) {
      throw new IOException(failure);
    }
  }

  /** Returns the CPU time of all event loops since the start. */
  public long nanos() {
    long nanos = 0;
    for (long loop : loops) {
      nanos += threads.getThreadCpuTime(loop);
    }
    return nanos;
  }

  @Override
  public void close() throws IOException {
    connector.close();
  }
}
