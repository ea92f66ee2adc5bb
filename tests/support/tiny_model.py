"""A model of some 90,000 parameters with a byte-level tokenizer, made in milliseconds; real in all but its size."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

CHATML = (
    "{% for message in messages %}"
    "{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
ARCHITECTURES = {"llama": "LlamaForCausalLM", "qwen2": "Qwen2ForCausalLM", "qwen3": "Qwen3ForCausalLM"}
OWN_CONFIG: dict[str, dict[str, object]] = {
    "gemma2": {"final_logit_softcapping": 2.0, "query_pre_attn_scalar": 16.0},  # so low that random logits meet it
    "gemma3_text": {"sliding_window": 16, "sliding_window_pattern": 2, "query_pre_attn_scalar": 16.0},
    "phi3": {"tie_word_embeddings": False},
    "cohere": {"logit_scale": 0.25},
    "granite": {
        "logits_scaling": 8.0,
        "attention_multiplier": 0.25,
        "embedding_multiplier": 12.0,
        "residual_multiplier": 0.5,
        "attention_bias": False,
        "mlp_bias": False,
    },
    "mixtral": {"num_local_experts": 4, "num_experts_per_tok": 2, "tie_word_embeddings": False},
    "exaone": {"num_layers": 2, "layer_norm_epsilon": 1e-5},
    "stablelm": {"layer_norm_eps": 1e-5, "partial_rotary_factor": 0.5, "use_qkv_bias": True, "qk_layernorm": False},
    "mamba": {"state_size": 16, "conv_kernel": 4, "use_bias": False, "use_conv_bias": True, "time_step_rank": 4},
    "mamba2": {
        "num_heads": 8,
        "head_dim": 16,
        "state_size": 16,
        "conv_kernel": 4,
        "n_groups": 1,
        "use_bias": False,
        "use_conv_bias": True,
        "time_step_rank": 4,
        "time_step_limit": [0.0, 100.0],
        "chunk_size": 16,
        "layer_norm_epsilon": 1e-5,
    },
    "gpt_oss": {"num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": 16, "tie_word_embeddings": False},
    "gemma3n": {
        "text_config": {
            "model_type": "gemma3n",
            "hidden_size": 64,
            "num_hidden_layers": 2,
            "intermediate_size": [128, 128],
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "num_kv_shared_layers": 0,
            "head_dim": 16,
            "rms_norm_eps": 1e-5,
            "vocab_size": 320,
            "vocab_size_per_layer_input": 320,
            "hidden_size_per_layer_input": 16,
            "sliding_window": 16,
            "max_position_embeddings": 4096,
            "rope_local_base_freq": 10000.0,
            "rope_theta": 10000.0,
            "rope_scaling": None,
            "final_logit_softcapping": 2.0,
            "layer_types": ["sliding_attention", "full_attention"],
            "activation_sparsity_pattern": [0.5, 0.0],
            "altup_num_inputs": 4,
            "altup_coef_clip": 120.0,
            "altup_correct_scale": True,
            "altup_active_idx": 0,
            "laurel_rank": 16,
        }
    },
}
"""What the config of an architecture has beyond the usual."""
TEXTS = ("The webhook retries because the answer came too late.", "Restart the worker and look into its log.")


def build_tiny_tokenizer(folder: Path, texts: Iterable[str] = TEXTS, vocab_size: int = 320) -> int:
    """Write a tokenizer with a ChatML template into `folder`; returns the size of its vocabulary."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=SPECIAL,
        show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|im_end|>",
        "bos_token": "<|im_start|>",
        "pad_token": "<|endoftext|>",
        "chat_template": CHATML,
        "model_max_length": 4096,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    return int(tokenizer.get_vocab_size())


def build_tiny_model(
    folder: Path,
    model_type: str = "llama",
    *,
    texts: Sequence[str] = TEXTS,
    hidden: int = 64,
    layers: int = 2,
    heads: int = 4,
    kv_heads: int = 2,
    intermediate: int = 128,
    vocab_size: int = 320,
    seed: int = 0,
    bits: int = 0,
    mode: str = "affine",
) -> Path:
    """Write a random model with its tokenizer into `folder`, as `mlx_lm.load` takes it. Returns the folder.

    With `bits` its weights are quantised, in groups of 32 or as `mode` wants it.
    """
    import mlx.core as mx
    import mlx.nn as nn
    from mlx.utils import tree_flatten

    size = build_tiny_tokenizer(folder, texts, vocab_size)
    config = {
        "model_type": model_type,
        "architectures": [ARCHITECTURES.get(model_type, f"{model_type}ForCausalLM")],
        "hidden_size": hidden,
        "num_hidden_layers": layers,
        "intermediate_size": intermediate,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "head_dim": hidden // heads,
        "rms_norm_eps": 1e-5,
        "vocab_size": max(size, vocab_size),
        "rope_theta": 10000.0,
        "max_position_embeddings": 4096,
        "tie_word_embeddings": True,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
        **OWN_CONFIG.get(model_type, {}),
    }
    module = importlib.import_module(f"mlx_lm.models.{model_type}")
    mx.random.seed(seed)
    model = module.Model(module.ModelArgs.from_dict(config))
    if bits:
        layout = {"group_size": 32, "bits": bits, "mode": mode}
        nn.quantize(model, **layout)
        config["quantization"] = layout
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    weights = dict(tree_flatten(model.parameters()))
    if model_type.startswith("gemma3"):
        weights.pop("lm_head.weight", None)  # as the real ones: the embedding serves both ways
    mx.eval(weights)
    mx.save_safetensors(str(folder / "model.safetensors"), weights, metadata={"format": "mlx"})
    return folder


def write_rows(path: Path, rows: Iterable[tuple[str, str]]) -> Path:
    """Write chat rows as a snapshot holds them. Returns the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as stream:
        for prompt, response in rows:
            messages = [{"role": "user", "content": prompt}, {"role": "assistant", "content": response}]
            stream.write(json.dumps({"messages": messages}) + "\n")
    return path


def write_snapshot(folder: Path, train: int = 10, valid: int = 3) -> Path:
    """Write a snapshot of rows that differ in length and share one voice. Returns its folder."""

    def row(number: int) -> tuple[str, str]:
        return f"What does tool {number} mean?", "It means: " + "look into the log. " * (1 + number % 5)

    write_rows(folder / "train.jsonl", map(row, range(train)))
    write_rows(folder / "valid.jsonl", map(row, range(train, train + valid)))
    write_rows(folder / "test.jsonl", ())
    return folder
