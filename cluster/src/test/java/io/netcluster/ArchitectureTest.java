package io.netcluster;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The arrows between the packages point one way, as the design draws them. */
final class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.netcluster");

    @Test
    void sysAloneUsesForeignFunctions() {
        noClasses()
                .that()
                .resideOutsideOfPackage("io.netcluster.sys")
                .and()
                .doNotHaveSimpleName("InsideJavaBase") // which makes no call, and hands sys the JDK's own linker
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign..")
                .check(CLASSES);
    }

    @Test
    void sysUsesNothingOfOurs() {
        packageUsesOnly("io.netcluster.sys", "javax.net.ssl", "sun.nio.ch", "sun.reflect");
    }

    @Test
    void oneClassOpensJavaBaseAndOneUsesIt() {
        onlyInSys("JavaBase", "sun.reflect");
        onlyInSys("JavaSockets$Inside", "sun.nio.ch");
    }

    private static void onlyInSys(String user, String used) {
        noClasses()
                .that()
                .resideInAPackage("io.netcluster.sys")
                .and()
                .doNotHaveFullyQualifiedName("io.netcluster.sys." + user)
                .should()
                .dependOnClassesThat()
                .resideInAPackage(used)
                .check(CLASSES);
    }

    @Test
    void wireUsesSys() {
        packageUsesOnly("io.netcluster.wire", "io.netcluster.sys");
    }

    @Test
    void primaryUsesWireAndSys() {
        packageUsesOnly("io.netcluster.primary", "io.netcluster.wire", "io.netcluster.sys");
    }

    @Test
    void workerUsesWireAndSys() {
        packageUsesOnly(
                "io.netcluster.worker", "io.netcluster.wire", "io.netcluster.sys", "sun.nio.ch", "jdk.internal.misc");
    }

    @Test
    void packagesFormNoCycles() {
        slices().matching("io.netcluster.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void theWorkerUsesNothingButTheJdk() {
        packageUsesOnly("io.netcluster.worker..", "io.netcluster..", "sun.nio.ch", "jdk.internal.misc");
    }

    private static void packageUsesOnly(String ours, String... others) {
        var allowed = new String[others.length + 4];
        System.arraycopy(others, 0, allowed, 4, others.length);
        allowed[0] = ours;
        allowed[1] = "java..";
        allowed[2] = "sun.misc"; // Signal, which has no public counterpart
        allowed[3] = "org.jspecify.annotations";
        classes()
                .that()
                .resideInAPackage(ours)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(allowed)
                .check(CLASSES);
    }

    @Test
    void theModuleExportsTheApiAlone() throws Exception {
        try (var descriptor = Files.newInputStream(Path.of("target/classes/module-info.class"))) {
            assertThat(ModuleDescriptor.read(descriptor).exports())
                    .filteredOn(exports -> !exports.isQualified())
                    .extracting(ModuleDescriptor.Exports::source)
                    .isEqualTo(Set.of("io.netcluster").stream().toList());
        }
    }
}
