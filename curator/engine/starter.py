"""Makes the embedded base model: SmolLM2-135M-Instruct, out of its GGUF into a model folder that mlx trains."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx.utils import tree_flatten
from mlx_lm.utils import dequantize_model, load_model

from curator.core.errors import ModelError
from curator.engine.stopping import StopRequest
from curator.engine.telling import Teller

_NAMES = (
    ("blk.", "model.layers."),
    ("attn_q.", "self_attn.q_proj."),
    ("attn_k.", "self_attn.k_proj."),
    ("attn_v.", "self_attn.v_proj."),
    ("attn_output.", "self_attn.o_proj."),
    ("ffn_gate.", "mlp.gate_proj."),
    ("ffn_up.", "mlp.up_proj."),
    ("ffn_down.", "mlp.down_proj."),
    ("attn_norm.", "input_layernorm."),
    ("ffn_norm.", "post_attention_layernorm."),
    ("token_embd.", "model.embed_tokens."),
    ("output_norm.", "model.norm."),
)
_CONTROL = 3  # GGUF's type of a token that is never text
_GROUP = 32  # mlx reads Q4_1 and Q8_0 as its own quantised layout with groups of 32


def convert_job(folder: Path, job: dict[str, Any], teller: Teller, stop: StopRequest) -> dict[str, Any]:
    """Convert the GGUF at `job["source"]` into the model folder `job["into"]`, there whole or not at all."""
    source, into = Path(job["source"]), Path(job["into"])
    teller.emit("started", source=str(source), into=str(into))
    if _is_complete(into):
        return {"into": str(into), "message": "It was there already."}
    if not source.is_file():
        raise ModelError(f"The embedded model is not where it was: {source}.", "Install Curator again.")
    scratch = into.with_name(f".{into.name}-{os.getpid()}")
    try:
        scratch.mkdir(parents=True)
        for done, _ in enumerate(conversion(source, scratch), 1):
            stop.check()
            teller.emit("step", done=done, steps=STEPS)
        _put_in_place(scratch, into)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return {"into": str(into)}


def _put_in_place(scratch: Path, into: Path) -> None:
    try:
        scratch.rename(into)
    except OSError:
        if not _is_complete(into):  # what is left of something broken
            shutil.rmtree(into, ignore_errors=True)
            scratch.rename(into)


def _is_complete(folder: Path) -> bool:
    return (folder / "config.json").is_file() and any(folder.glob("model*.safetensors"))


STEPS = 3


def conversion(source: Path, into: Path) -> Iterator[None]:
    """Convert in `STEPS` steps, coming back after each so that a stop is heard.

    Writes the model of `source` as float32 safetensors with its tokenizer and chat template into `into`.

    float32, because a CPU computes with it fastest and a quantised base would round the adapter away when fused.
    Raises ModelError for a GGUF of another kind.
    """
    weights, meta = _load(source, into)
    if meta.get("general.architecture") != "llama":
        raise ModelError("The embedded model is of an unknown kind.", "Install Curator again.")
    tensors = {_name(name): value for name, value in weights.items()}
    config = _config(meta)
    _write_tokenizer(into, meta)
    yield
    _write_json(into / "config.json", {**config, "quantization": _quantization(tensors)})
    mx.save_safetensors(str(into / "model.safetensors"), tensors, metadata={"format": "mlx"})
    model, _ = load_model(into)
    model = dequantize_model(model)
    model.set_dtype(mx.float32)
    yield
    arrays = dict(tree_flatten(model.parameters()))
    mx.eval(arrays)
    mx.save_safetensors(str(into / "model.safetensors"), arrays, metadata={"format": "mlx"})
    _write_json(into / "config.json", config)
    yield


def _load(source: Path, scratch: Path) -> Any:
    """The tensors and the metadata of a GGUF, read from a copy: mlx opens the file for writing too (gguflib's
    `gguf_open`), and what is installed is not an ordinary user's to write."""
    own = scratch / source.name
    try:
        shutil.copyfile(source, own)
        return mx.load(str(own), return_metadata=True)
    except RuntimeError as error:
        raise ModelError("The embedded model is damaged.", "Install Curator again.") from error
    finally:
        own.unlink(missing_ok=True)


def _name(name: str) -> str:
    for old, new in _NAMES:
        name = name.replace(old, new)
    return name


def _quantization(tensors: dict[str, Any]) -> dict[str, Any]:
    """The bits of each layer, as the shapes of weights and scales tell."""
    found: dict[str, Any] = {"group_size": _GROUP, "bits": 4}
    for name, scales in tensors.items():
        if name.endswith(".scales"):
            layer = name.removesuffix(".scales")
            bits = tensors[f"{layer}.weight"].shape[-1] * 32 // (scales.shape[-1] * _GROUP)
            if bits != 4:
                found[layer] = {"group_size": _GROUP, "bits": bits}
    return found


def _config(meta: dict[str, Any]) -> dict[str, Any]:
    def number(name: str) -> int:
        return int(meta[name].item())

    return {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "hidden_size": number("llama.embedding_length"),
        "num_hidden_layers": number("llama.block_count"),
        "intermediate_size": number("llama.feed_forward_length"),
        "num_attention_heads": number("llama.attention.head_count"),
        "num_key_value_heads": number("llama.attention.head_count_kv"),
        "rms_norm_eps": float(meta["llama.attention.layer_norm_rms_epsilon"].item()),
        "rope_theta": float(meta["llama.rope.freq_base"].item()),
        "rope_traditional": True,  # GGUF keeps q and k in llama.cpp's interleaved order; this reads them so
        "vocab_size": len(meta["tokenizer.ggml.tokens"]),
        "max_position_embeddings": number("llama.context_length"),
        "tie_word_embeddings": True,
        "bos_token_id": number("tokenizer.ggml.bos_token_id"),
        "eos_token_id": number("tokenizer.ggml.eos_token_id"),
        "pad_token_id": number("tokenizer.ggml.padding_token_id"),
        "torch_dtype": "float32",
    }


def _write_tokenizer(into: Path, meta: dict[str, Any]) -> None:
    """tokenizer.json as SmolLM2 has it: byte-level BPE, each digit a token of its own."""
    tokens: list[str] = meta["tokenizer.ggml.tokens"]
    kinds = meta["tokenizer.ggml.token_type"].tolist()
    special = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    tokenizer = {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {"id": i, "content": token, **special}
            for i, (token, kind) in enumerate(zip(tokens, kinds, strict=True))
            if kind == _CONTROL
        ],
        "normalizer": None,
        "pre_tokenizer": {
            "type": "Sequence",
            "pretokenizers": [{"type": "Digits", "individual_digits": True}, byte_level],
        },
        "post_processor": None,
        "decoder": {**byte_level, "add_prefix_space": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {token: i for i, token in enumerate(tokens)},
            "merges": [merge.split(" ") for merge in meta["tokenizer.ggml.merges"]],
        },
    }
    _write_json(into / "tokenizer.json", tokenizer)
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": tokens[int(meta["tokenizer.ggml.bos_token_id"].item())],
        "eos_token": tokens[int(meta["tokenizer.ggml.eos_token_id"].item())],
        "pad_token": tokens[int(meta["tokenizer.ggml.padding_token_id"].item())],
        "unk_token": "<|endoftext|>",
        "model_max_length": int(meta["llama.context_length"].item()),
        "chat_template": meta["tokenizer.chat_template"],
    }
    _write_json(into / "tokenizer_config.json", settings)


def _write_json(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
