"""What is found about this computer, in words: one finding from each reading. Nothing is read here."""

from __future__ import annotations

from collections.abc import Collection

from curator.core.machine import Finding, Weight
from curator.core.settings import TrainSettings
from curator.core.sizes import size_words
from curator.jobs.machine import Battery, Memory
from curator.jobs.pressure import Level, Pressure
from curator.release.ollama import LoadedModel

_GB = 1e9
_TIGHT = 0.9
_MOST_GRAPHICS = 0.85
_SPARE_DISK = 2.0  # GB that a system wants left
_CROWDED = 0.5  # of the time: it takes twice as long as it would alone
_SWAPPING = 0.25  # of the memory
_WATCHDOG_SINCE = 26
_SEGMENT_MINUTES = 10
_INSTALL = {
    "debian": "sudo apt install libopenblas0-pthread",
    "fedora": "sudo dnf install openblas",
    "rhel": "sudo dnf install openblas",
    "arch": "sudo pacman -S openblas",
    "suse": "sudo zypper install libopenblas_pthreads0",
    "alpine": "sudo apk add openblas",
}


def memory(needed: float | None, have: Memory, graphics: int | None, smaller: str) -> Finding:
    """Whether `needed` GB fit. `graphics` is what a Mac's graphics may hold, in bytes; `smaller` says in words what
    would make it fit."""
    free, whole = have.available / _GB, have.total / _GB
    if needed is None:
        return Finding(
            "memory", Weight.FINE, f"{free:.1f} GB of {whole:.1f} are free; what this model needs cannot be told."
        )
    words = f"It needs ≈ {needed:.1f} GB"
    if graphics is not None and needed > graphics / _GB:
        return Finding(
            "memory", Weight.STOP, f"{words}, and macOS gives the graphics {graphics / _GB:.1f} GB at most.", smaller
        )
    if needed > whole * _TIGHT:
        return Finding("memory", Weight.STOP, f"{words}, and this computer has {whole:.1f}.", smaller)
    if needed > free:
        hint = "Close other programs first." + (f" Or: {smaller}" if smaller else "")
        return Finding("memory", Weight.WARNING, f"{words}, and {free:.1f} are free.", hint)
    return Finding("memory", Weight.FINE, f"{words} of {free:.1f} that are free.")


def graphics_limit(limit_mb: int, have: Memory) -> Finding | None:
    """A limit for the graphics that a person has raised so far that the system is left too little: Macs were seen to
    restart near that ceiling (ml-explore mlx#3186)."""
    given = limit_mb << 20
    if given <= _MOST_GRAPHICS * have.total:
        return None
    return Finding(
        "graphics",
        Weight.WARNING,
        f"macOS was told to give the graphics up to {given / _GB:.1f} GB of {have.total / _GB:.1f}; Macs were seen to "
        "restart when that is used.",
        "To set it back, type in a terminal: sudo sysctl iogpu.wired_limit_mb=0",
    )


def swap(have: Memory) -> Finding | None:
    """A computer that swaps already will swap more."""
    if have.swap_used < _SWAPPING * have.total or have.available > _SWAPPING * have.total:
        return None  # what was swapped out long ago and is not missed does no harm
    return Finding(
        "swap",
        Weight.WARNING,
        f"The computer has put {have.swap_used / _GB:.1f} GB out to its disk already: it is short of memory.",
        "Close other programs first, or the training will be many times slower.",
    )


def disk(needed: float, free: int | None) -> Finding | None:
    """Whether `needed` GB of checkpoints and adapters fit on the disk of the library."""
    if free is None:
        return None
    left = free / _GB
    has = size_words(free)
    if left < needed:
        return Finding(
            "disk",
            Weight.STOP,
            f"The run writes ≈ {size_words(needed * _GB)}, and the disk of the library has {has} left.",
            "Make room, or empty the trash of the runs.",
        )
    if left < needed + _SPARE_DISK:
        return Finding(
            "disk",
            Weight.WARNING,
            f"The disk of the library has only {has} left.",
            "Make some room first.",
        )
    return Finding("disk", Weight.FINE, f"{left:,.0f} GB of disk are free.")


def power(battery: Battery | None) -> Finding | None:
    """Training on a battery."""
    if battery is None or battery.is_plugged:
        return None
    return Finding(
        "battery",
        Weight.WARNING,
        f"The computer runs on its battery ({battery.percent} %).",
        "Plug it in: training empties a battery fast, and with its lid closed it falls asleep. A run that was "
        "interrupted goes on from its last checkpoint.",
    )


def ollama(models: Collection[LoadedModel], is_shared: bool) -> Finding | None:
    """Models that Ollama holds. Where graphics has its own memory, only what lies in the computer's counts."""
    held = [(one.name, one.bytes if is_shared else one.bytes - one.graphics_bytes) for one in models]
    held = [(name, size) for name, size in held if size > 0]
    if not held:
        return None
    size = sum(size for _, size in held) / _GB
    names = " and ".join(name for name, _ in held[:2]) + (f" and {len(held) - 2} more" if len(held) > 2 else "")
    return Finding(
        "ollama",
        Weight.WARNING,
        f"Ollama holds {names} in memory ({size:.1f} GB).",
        "Let it go for now; Ollama loads it again when it is asked for something.",
    )


def watchdog(version: tuple[int, ...], settings: TrainSettings) -> Finding | None:
    """From macOS 26 on a training may be ended, at worst with a restart of the Mac, while the display is on (ml-explore
    mlx#3267, open): with the display asleep it was reported not to happen."""
    if not version or version[0] < _WATCHDOG_SINCE:
        return None
    name = ".".join(map(str, version[:2]))
    if 0 < settings.segment_minutes <= _SEGMENT_MINUTES:
        return Finding(
            "display",
            Weight.FINE,
            f"macOS {name} may end a training while the display is on; a new process every so often helps.",
            "Let the display go to sleep while it trains.",
        )
    return Finding(
        "display",
        Weight.WARNING,
        f"macOS {name} may end a training while the display is on, to keep the display smooth.",
        "Let the display go to sleep while it trains. “New process every” "
        f"{_SEGMENT_MINUTES} minutes, among the advanced settings, helps too. A run that was ended goes on by itself.",
    )


def blas(name: str, threads: int, distribution: Collection[str]) -> Finding:
    """What Linux computes with: the BLAS in the mlx wheel is some 40 times slower than OpenBLAS."""
    if name:
        cores = "1 thread" if threads == 1 else f"{threads} threads"
        return Finding("blas", Weight.FINE, f"It computes with OpenBLAS and {cores}.")
    line = next((line for known, line in _INSTALL.items() if known in distribution), "")
    return Finding(
        "blas",
        Weight.WARNING,
        "OpenBLAS is not installed: training will be some 40 times slower than it could be.",
        f"Type in a terminal: {line}" if line else "Install the OpenBLAS package of your system.",
    )


def experts(title: str) -> Finding:
    """A mixture of experts in 16 bits where there is no graphics processor."""
    return Finding(
        "model",
        Weight.STOP,
        f"{title} is a mixture of experts in 16 bits, which only a graphics processor can train.",
        "Choose the same model in 4 or 8 bits or one without experts, or train it on a Mac or on an NVIDIA card.",
    )


def strain(now: Pressure) -> tuple[Finding, ...]:
    """What is strained now, for a run that is at work."""
    found = []
    if now.memory is Level.CRITICAL:
        sentence = f"Memory is nearly used up ({now.available / _GB:.1f} GB are left)."
        found.append(Finding("memory", Weight.STOP, sentence, "Close other programs."))
    elif now.memory is Level.WARNING:
        sentence = f"Memory is getting short ({now.available / _GB:.1f} GB are left)."
        found.append(Finding("memory", Weight.WARNING, sentence, "Close what you don't need."))
    degrees = f" ({now.degrees:.0f} °C)" if now.degrees else ""
    if now.heat is Level.CRITICAL:
        sentence = f"The computer is too hot{degrees}."
        found.append(Finding("heat", Weight.STOP, sentence, "Let it stand free, and look after its fans."))
    elif now.heat is Level.WARNING:
        sentence = f"The computer is hot{degrees} and works more slowly."
        found.append(Finding("heat", Weight.WARNING, sentence, "Let it stand free; it goes on by itself."))
    if now.waited >= _CROWDED:
        gets = f"{100 * (1 - now.waited):.0f} % of the time it could use"
        sentence = f"Other programs keep the processor busy: the training gets {gets}."
        found.append(
            Finding("processor", Weight.WARNING, sentence, "Close what you don't need, or let it take its time.")
        )
    return tuple(found)


def lesser_words(settings: TrainSettings, lesser: TrainSettings, longest: int) -> str:
    """What to change so that it fits: the differences between the two settings, in the words of the advanced page."""
    changes = []
    if lesser.is_sparing and not settings.is_sparing:
        changes.append("turn on “Spare memory” (half as slow again, the same result)")
    if lesser.batch_size != settings.batch_size:
        changes.append(f"take a batch of {lesser.batch_size} and {lesser.accumulate} batches a step")
    if lesser.layers != settings.layers:
        changes.append(f"train only the last {lesser.layers} layers")
    words = ", ".join(changes)
    return f"{words[0].upper()}{words[1:]}; the longest row, {longest:,} tokens, decides." if words else ""
