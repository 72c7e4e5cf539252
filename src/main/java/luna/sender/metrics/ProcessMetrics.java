package luna.sender.metrics;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.netty.util.internal.PlatformDependent;

/**
 * What the process takes of its machine: heap, collections, direct memory, processors, descriptors.
 *
 * <p>Owner: thread-safe; {@link #close} ends its listening to collections.
 *
 * <p>Why Netty is asked for direct memory: it may take it past the JVM, whose own count of direct
 * buffers would stay near 0.
 */
final class ProcessMetrics implements AutoCloseable {
  private final JvmGcMetrics collections = new JvmGcMetrics();

  ProcessMetrics(MeterRegistry registry) {
    collections.bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    Gauge.builder("luna_sender_direct_memory_bytes", PlatformDependent::usedDirectMemory)
        .description("Direct memory that Netty has taken, for what goes to and from sockets")
        .register(registry);
    Gauge.builder("luna_sender_direct_memory_limit_bytes", PlatformDependent::maxDirectMemory)
        .description("How much direct memory that may be")
        .register(registry);
  }

  @Override
  public void close() {
    collections.close();
  }
}
