package io.netcluster.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code --port0} takes, and whom a rule is for. */
final class PortRuleTest {
    @ParameterizedTest
    @CsvSource({
        "unique, unique",
        "sticky, sticky",
        "shared=metrics, shared=metrics",
        "node:127.0.0.1, node:127.0.0.1",
        "shared:com.acme.*, shared=com.acme.*:com.acme.*",
        "sticky=admin:com.acme.Admin, sticky=admin:com.acme.Admin",
        "sticky:::1, sticky=__1:0:0:0:0:0:0:0:1"
    })
    void whatIsReadIsWrittenSoThatItIsReadAgain(String text, String written) {
        var rule = PortRule.parse(text);
        assertThat(rule).hasToString(written);
        assertThat(PortRule.parse(written)).isEqualTo(rule);
        assertThat(PortRule.parseAll(text + ",unique")).hasSize(2).contains(rule);
    }

    @ParameterizedTest
    @CsvSource({
        "often, 'often' is none of unique",
        "unique=a, takes no name",
        "node=a, takes no name",
        "shared=a b, names no port",
        "shared:not a class, no class or package",
        "shared:com.acme.*.x, no class or package",
        "shared:1.2.3.4.5, no class or package"
    })
    void whatIsNoneIsRefused(String text, String why) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PortRule.parse(text))
                .withMessageContaining(why);
    }

    @ParameterizedTest
    @CsvSource({
        "com.acme.*, com.acme.Admin, true",
        "com.acme.*, com.acme.web.Server, true",
        "com.acme.*, com.acmeother.Server, false",
        "com.acme.Admin, com.acme.Admin, true",
        "com.acme.Admin, com.acme.Admin$Inner, true",
        "com.acme.Admin, com.acme.Administrator, false"
    })
    void aClassIsThatAndWhatIsInItAndAPackageIsWhatIsBelow(String whom, String caller, boolean fits) {
        assertThat(PortRule.parse("shared:" + whom).isForCaller(caller)).isEqualTo(fits);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::"})
    void oneWildcardIsAsGoodAsTheOther(String whom) throws Exception {
        var rule = PortRule.parse("shared:" + whom);
        assertThat(rule.isFor(InetAddress.getByName("0.0.0.0"))).isTrue();
        assertThat(rule.isFor(InetAddress.getByName("::"))).isTrue();
        assertThat(rule.isFor(InetAddress.getByName("127.0.0.1"))).isFalse();
    }

    @Test
    void aRuleWithoutWhomIsGeneral() {
        assertThat(PortRule.parse("shared").isGeneral()).isTrue();
        assertThat(PortRule.parse("shared:::").isGeneral()).isFalse();
    }
}
