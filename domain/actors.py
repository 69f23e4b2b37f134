"""Actors: states, organisations, and groups that a source leaves unnamed."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from domain.vocabulary import SLUG

_STATES = (
    "ABW AFG AGO AIA ALA ALB AND ARE ARG ARM ASM ATA ATF ATG AUS AUT AZE BDI BEL BEN BES BFA BGD BGR BHR "
    "BHS BIH BLM BLR BLZ BMU BOL BRA BRB BRN BTN BVT BWA CAF CAN CCK CHE CHL CHN CIV CMR COD COG COK COL "
    "COM CPV CRI CUB CUW CXR CYM CYP CZE DEU DJI DMA DNK DOM DZA ECU EGY ERI ESH ESP EST ETH FIN FJI FLK "
    "FRA FRO FSM GAB GBR GEO GGY GHA GIB GIN GLP GMB GNB GNQ GRC GRD GRL GTM GUF GUM GUY HKG HMD HND HRV "
    "HTI HUN IDN IMN IND IOT IRL IRN IRQ ISL ISR ITA JAM JEY JOR JPN KAZ KEN KGZ KHM KIR KNA KOR KWT LAO "
    "LBN LBR LBY LCA LIE LKA LSO LTU LUX LVA MAC MAF MAR MCO MDA MDG MDV MEX MHL MKD MLI MLT MMR MNE MNG "
    "MNP MOZ MRT MSR MTQ MUS MWI MYS MYT NAM NCL NER NFK NGA NIC NIU NLD NOR NPL NRU NZL OMN PAK PAN PCN "
    "PER PHL PLW PNG POL PRI PRK PRT PRY PSE PYF QAT REU ROU RUS RWA SAU SDN SEN SGP SGS SHN SJM SLB SLE "
    "SLV SMR SOM SPM SRB SSD STP SUR SVK SVN SWE SWZ SXM SYC SYR TCA TCD TGO THA TJK TKL TKM TLS TON TTO "
    "TUN TUR TUV TWN TZA UGA UKR UMI URY USA UZB VAT VCT VEN VGB VIR VNM VUT WLF WSM XKX YEM ZAF ZMB ZWE"
)
STATES: frozenset[str] = frozenset(_STATES.split())
"""ISO 3166-1 alpha-3 (all 249 officially assigned codes), and ``XKX`` for Kosovo, which the standard reserves for
users."""

FORMER_STATES: frozenset[str] = frozenset(
    "AFI ANT ATB ATN BUR BYS CSK CTE DDR DHY FXX GEL HVO JTN MID NHB NTZ PCI PCZ PUS RHO SCG SKM SUN TMP VDR WAK YMD "
    "YUG ZAR".split()
)
"""The alpha-3 codes of ISO 3166-3: states and territories whose codes are no longer in ISO 3166-1."""

_KNOWN = STATES | FORMER_STATES
_NAMED = re.compile(rf"(?:org|group):{SLUG}")


def _known(text: str) -> str:
    if text not in _KNOWN and not _NAMED.fullmatch(text):
        raise ValueError(
            "expected a state (ISO 3166 alpha-3, for example GBR), an organisation (org:nato) "
            "or a group (group:cautious-members)"
        )
    return text


def _a_state(text: str) -> str:
    if text not in _KNOWN:
        raise ValueError("expected a country by its ISO 3166 alpha-3 code, for example GBR")
    return text


def _not_a_state(text: str) -> str:
    if text in _KNOWN:
        raise ValueError(
            "expected an organisation (org:nato) or a group (group:cautious-members); states keep their names"
        )
    return _known(text)


Actor = Annotated[
    str,
    AfterValidator(_known),
    Field(
        max_length=110,
        examples=["GBR", "org:nato", "group:cautious-members"],
        description="ISO 3166 alpha-3 (former states included, or XKX), org:<slug> or group:<slug>.",
    ),
]
Country = Annotated[str, AfterValidator(_a_state), Field(min_length=3, max_length=3, examples=["UKR"])]
OrganisationOrGroup = Annotated[
    str,
    AfterValidator(_not_a_state),
    Field(max_length=110, examples=["org:nato", "group:cautious-members"], description="org:<slug> or group:<slug>."),
]
