#!/usr/bin/env python3
"""SAMed in plain PyTorch, from its description: filled windows, stored attention scores, low-rank updates beside the projections.

  published_model.py check GOLDEN          outputs and gradients against GOLDEN (tests/Golden/tiny_samed); exit code 1 when they differ
  published_model.py measure [OPTIONS]     images per second of prediction and of training steps, one JSON object per line

It needs PyTorch 1.13 or later and NumPy, and nothing of this project.
"""
import argparse
import json
import math
import os
import resource
import sys
import time

import numpy
import torch
import torch.nn.functional as F
from torch import nn

SIZES = {
    "tiny": dict(dim=96, depth=4, heads=3, whole=(1, 3), window=7, image=128, prompt=64, mlp=256),
    "vit_b": dict(dim=768, depth=12, heads=12, whole=(2, 5, 8, 11)),
    "vit_l": dict(dim=1024, depth=24, heads=16, whole=(5, 11, 17, 23)),
    "vit_h": dict(dim=1280, depth=32, heads=16, whole=(7, 15, 23, 31)),
}
COMMON = dict(window=14, image=512, patch=16, prompt=256, mlp=2048, decoder_heads=8, decoder_depth=2, classes=8, rank=4)
EPS = 1e-6


class Norm(nn.LayerNorm):
    """In float32, as autocast has it on a GPU; on a CPU old versions leave it to the caller."""

    def forward(self, x):
        return super().forward(x.float())


class LoraQkv(nn.Module):
    """The joint projection, with low-rank updates added to the slices of queries and values."""

    def __init__(self, dim, rank):
        super().__init__()
        self.qkv = nn.Linear(dim, 3 * dim)
        self.linear_a_q = nn.Linear(dim, rank, bias=False)
        self.linear_b_q = nn.Linear(rank, dim, bias=False)
        self.linear_a_v = nn.Linear(dim, rank, bias=False)
        self.linear_b_v = nn.Linear(rank, dim, bias=False)

    def forward(self, x):
        dim = x.shape[-1]
        joint = self.qkv(x)
        joint[..., :dim] += self.linear_b_q(self.linear_a_q(x))
        joint[..., 2 * dim:] += self.linear_b_v(self.linear_a_v(x))
        return joint


class EncoderAttention(nn.Module):
    def __init__(self, dim, heads, side, rank):
        super().__init__()
        self.heads, self.width = heads, dim // heads
        self.qkv = LoraQkv(dim, rank)
        self.proj = nn.Linear(dim, dim)
        self.rel_pos_h = nn.Parameter(torch.zeros(2 * side - 1, self.width))
        self.rel_pos_w = nn.Parameter(torch.zeros(2 * side - 1, self.width))

    def forward(self, x):
        batch, height, width, dim = x.shape
        joint = self.qkv(x).reshape(batch, height * width, 3, self.heads, self.width).permute(2, 0, 3, 1, 4)
        query, key, value = joint.reshape(3, batch * self.heads, height * width, self.width).unbind(0)
        scores = (query * self.width ** -0.5) @ key.transpose(-2, -1)
        grid = query.reshape(-1, height, width, self.width)
        rows = torch.einsum("bhwc,hkc->bhwk", grid, steps(self.rel_pos_h, height))
        columns = torch.einsum("bhwc,wkc->bhwk", grid, steps(self.rel_pos_w, width))
        scores = scores.view(-1, height, width, height, width) + rows[..., :, None] + columns[..., None, :]
        weights = scores.view(-1, height * width, height * width).softmax(-1)
        result = (weights @ value).view(batch, self.heads, height, width, self.width).permute(0, 2, 3, 1, 4)
        return self.proj(result.reshape(batch, height, width, dim))


def steps(table, side):
    places = torch.arange(side, device=table.device)
    return table[places[:, None] - places[None, :] + side - 1]


class Mlp(nn.Module):
    def __init__(self, dim, hidden, activation):
        super().__init__()
        self.lin1, self.lin2, self.activation = nn.Linear(dim, hidden), nn.Linear(hidden, dim), activation

    def forward(self, x):
        return self.lin2(self.activation(self.lin1(x)))


class Block(nn.Module):
    def __init__(self, s, index):
        super().__init__()
        self.window = 0 if index in s["whole"] else s["window"]
        self.norm1 = Norm(s["dim"], eps=EPS)
        self.attn = EncoderAttention(s["dim"], s["heads"], self.window or s["image"] // s["patch"], s["rank"])
        self.norm2 = Norm(s["dim"], eps=EPS)
        self.mlp = Mlp(s["dim"], 4 * s["dim"], F.gelu)

    def forward(self, x):
        x = x + self.attend(self.norm1(x))
        return x + self.mlp(self.norm2(x))

    def attend(self, x):
        if not self.window:
            return self.attn(x)
        batch, height, width, dim = x.shape
        side = self.window
        down, right = -height % side, -width % side
        x = F.pad(x, (0, 0, 0, right, 0, down))
        rows, columns = (height + down) // side, (width + right) // side
        x = x.view(batch, rows, side, columns, side, dim).permute(0, 1, 3, 2, 4, 5).reshape(-1, side, side, dim)
        x = self.attn(x).view(batch, rows, columns, side, side, dim).permute(0, 1, 3, 2, 4, 5)
        return x.reshape(batch, height + down, width + right, dim)[:, :height, :width].contiguous()


class ChannelNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        centred = x - x.mean(1, keepdim=True)
        x = centred / torch.sqrt(centred.pow(2).mean(1, keepdim=True) + EPS)
        return self.weight[:, None, None] * x + self.bias[:, None, None]


class PatchEmbed(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.proj = nn.Conv2d(3, s["dim"], s["patch"], stride=s["patch"])

    def forward(self, x):
        return self.proj(x).permute(0, 2, 3, 1)


class Encoder(nn.Module):
    def __init__(self, s):
        super().__init__()
        grid, out = s["image"] // s["patch"], s["prompt"]
        self.patch_embed = PatchEmbed(s)
        self.pos_embed = nn.Parameter(torch.zeros(1, grid, grid, s["dim"]))
        self.blocks = nn.ModuleList(Block(s, i) for i in range(s["depth"]))
        self.neck = nn.Sequential(nn.Conv2d(s["dim"], out, 1, bias=False), ChannelNorm(out), nn.Conv2d(out, out, 3, padding=1, bias=False), ChannelNorm(out))

    def forward(self, images):
        x = self.patch_embed(images) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self.neck(x.permute(0, 3, 1, 2))


class DecoderAttention(nn.Module):
    def __init__(self, dim, heads, narrow):
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(dim, dim // narrow) for _ in range(3))
        self.out_proj = nn.Linear(dim // narrow, dim)

    def forward(self, query, key, value):
        query, key, value = (self.split(x) for x in (self.q_proj(query), self.k_proj(key), self.v_proj(value)))
        weights = (query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])).softmax(-1)
        return self.out_proj((weights @ value).transpose(1, 2).flatten(2))

    def split(self, x):
        return x.view(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)


class DecoderLayer(nn.Module):
    def __init__(self, s, first):
        super().__init__()
        dim, heads = s["prompt"], s["decoder_heads"]
        self.first = first
        self.self_attn = DecoderAttention(dim, heads, 1)
        self.cross_attn_token_to_image = DecoderAttention(dim, heads, 2)
        self.cross_attn_image_to_token = DecoderAttention(dim, heads, 2)
        self.mlp = Mlp(dim, s["mlp"], F.relu)
        self.norm1, self.norm2, self.norm3, self.norm4 = (Norm(dim) for _ in range(4))

    def forward(self, tokens, image, token_places, image_places):
        if self.first:
            tokens = self.self_attn(tokens, tokens, tokens)
        else:
            placed = tokens + token_places
            tokens = tokens + self.self_attn(placed, placed, tokens)
        tokens = self.norm1(tokens)
        tokens = self.norm2(tokens + self.cross_attn_token_to_image(tokens + token_places, image + image_places, image))
        tokens = self.norm3(tokens + self.mlp(tokens))
        image = self.norm4(image + self.cross_attn_image_to_token(image + image_places, tokens + token_places, tokens))
        return tokens, image


class Transformer(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.layers = nn.ModuleList(DecoderLayer(s, i == 0) for i in range(s["decoder_depth"]))
        self.final_attn_token_to_image = DecoderAttention(s["prompt"], s["decoder_heads"], 2)
        self.norm_final_attn = Norm(s["prompt"])

    def forward(self, image, image_places, tokens):
        image, image_places, places = image.flatten(2).transpose(1, 2), image_places.flatten(2).transpose(1, 2), tokens
        for layer in self.layers:
            tokens, image = layer(tokens, image, places, image_places)
        attended = self.final_attn_token_to_image(tokens + places, image + image_places, image)
        return self.norm_final_attn(tokens + attended), image


class Chain(nn.Module):
    def __init__(self, *widths):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        return self.layers[-1](x)


class Decoder(nn.Module):
    def __init__(self, s):
        super().__init__()
        dim, masks = s["prompt"], s["classes"] + 1
        self.transformer = Transformer(s)
        self.iou_token, self.mask_tokens = nn.Embedding(1, dim), nn.Embedding(masks, dim)
        self.output_upscaling = nn.Sequential(
            nn.ConvTranspose2d(dim, dim // 4, 2, stride=2), ChannelNorm(dim // 4), nn.GELU(), nn.ConvTranspose2d(dim // 4, dim // 8, 2, stride=2), nn.GELU())
        self.output_hypernetworks_mlps = nn.ModuleList(Chain(dim, dim, dim, dim // 8) for _ in range(masks))
        self.iou_prediction_head = Chain(dim, dim, dim, masks)

    def forward(self, embedding, places, dense):
        batch, dim, height, width = embedding.shape
        tokens = torch.cat([self.iou_token.weight, self.mask_tokens.weight])[None]
        tokens, image = self.transformer(embedding + dense, places, tokens)
        upscaled = self.output_upscaling(image.transpose(1, 2).reshape(batch, dim, height, width))
        weights = torch.stack([mlp(tokens[:, 1 + i]) for i, mlp in enumerate(self.output_hypernetworks_mlps)], 1)
        masks = (weights @ upscaled.flatten(2)).view(batch, -1, 4 * height, 4 * width)
        return masks, self.iou_prediction_head(tokens[:, 0])


class Sam(nn.Module):
    """[B, 3, S, S] to logits [B, C+1, S/4, S/4]; parameters have the published names, those of prompts that are never given are left out."""

    def __init__(self, s):
        super().__init__()
        self.grid = s["image"] // s["patch"]
        self.image_encoder, self.mask_decoder = Encoder(s), Decoder(s)
        self.no_mask_embed = nn.Parameter(torch.randn(1, s["prompt"]))
        self.register_buffer("matrix", torch.randn(2, s["prompt"] // 2))

    def places(self):
        centre = (torch.arange(self.grid, device=self.matrix.device) + 0.5) / self.grid
        y, x = torch.meshgrid(centre, centre, indexing="ij")
        angle = 2 * math.pi * ((2 * torch.stack([x, y], -1) - 1) @ self.matrix)
        return torch.cat([angle.sin(), angle.cos()], -1).permute(2, 0, 1)[None]

    def forward(self, images):
        embedding = self.image_encoder(images)
        dense = self.no_mask_embed.view(1, -1, 1, 1).expand(1, -1, self.grid, self.grid)
        return self.mask_decoder(embedding, self.places(), dense)[0]

    def freeze(self):
        for name, parameter in self.image_encoder.named_parameters():
            parameter.requires_grad = "linear_a" in name or "linear_b" in name


def loss_of(logits, labels, weight=0.8):
    """(1-w) cross entropy + w Dice over the whole batch, background included."""
    logits = logits.float()
    scores, dice = logits.softmax(1), 0.0
    for label in range(logits.shape[1]):
        score, truth = scores[:, label], (labels == label).float()
        dice = dice + 1 - (2 * (score * truth).sum() + 1e-5) / ((score * score).sum() + (truth * truth).sum() + 1e-5)
    return (1 - weight) * F.cross_entropy(logits, labels) + weight * dice / logits.shape[1]


def build(model, device):
    s = {**COMMON, **SIZES[model]}
    torch.manual_seed(1)
    sam = Sam(s)
    with torch.no_grad():
        for parameter in sam.parameters():
            if not parameter.any():
                parameter.normal_(0, 0.02)
    sam.freeze()
    return s, sam.to(device)


def exact():
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False


def check(folder, device):
    """Compares with golden outputs and gradients: at most 1e-5, and 1e-4 of the largest gradient of a parameter (1e-4 and 1e-3 on a GPU)."""
    exact()
    slack = 1 if device == "cpu" else 10
    s, sam = build("tiny", "cpu")
    state = torch.load(os.path.join(folder, "model_state.pth"), map_location="cpu")
    own = {"no_mask_embed": "prompt_encoder.no_mask_embed.weight", "matrix": "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"}
    sam.load_state_dict({name: state["sam." + own.get(name, name)] for name in sam.state_dict()})
    sam.to(device)
    forward = numpy.load(os.path.join(folder, "forward.npz"))
    with torch.no_grad():
        logits = sam(torch.from_numpy(forward["input"]).to(device)).cpu()
    worst = float((logits - torch.from_numpy(forward["low_res_logits"])).abs().max())
    batches, golden = (numpy.load(os.path.join(folder, name)) for name in ("train3_adamw.npz", "grads_step0.npz"))
    grey = torch.from_numpy(batches["inputs"][0]).to(device)
    images, labels = grey.expand(-1, 3, -1, -1), torch.from_numpy(batches["low_res_labels"][0]).long().to(device)
    loss_of(sam(images), labels).backward()
    compared, off = 0, 0.0
    for name, parameter in sam.named_parameters():
        stored = [key for key in golden.files if key == name or key.endswith("." + own.get(name, name))]
        if parameter.grad is None or not stored:
            continue
        expected = torch.from_numpy(golden[stored[0]])
        difference = float((parameter.grad.cpu() - expected).abs().max())
        off = max(off, difference / max(1e-3, float(expected.abs().max())))
        compared += 1
    fine = worst <= slack * 1e-5 and off <= slack * 1e-4 and compared > 50
    print(json.dumps(dict(what="check", device=device, logits=worst, gradients=off, compared=compared, fine=fine)))
    return fine


def seconds(work, device, least, repetitions):
    """Median seconds of a call, after warming up."""
    for _ in range(2):
        work()
    found, begun = [], time.perf_counter()
    while len(found) < repetitions or time.perf_counter() - begun < least:
        wait(device)
        start = time.perf_counter()
        work()
        wait(device)
        found.append(time.perf_counter() - start)
        if time.perf_counter() - begun > 60:
            break
    return sorted(found)[len(found) // 2]


def wait(device):
    if device != "cpu":
        torch.cuda.synchronize()


def peak(device):
    return torch.cuda.max_memory_reserved() if device != "cpu" else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def out_of_memory(error):
    text = str(error).lower()
    return any(words in text for words in ("out of memory", "can't allocate memory", "alloc_failed"))


def measure(options):
    """Both passes in fp32 (without TF32) and under bf16 autocast at every batch, each until memory ends."""
    exact()
    device = options.device
    s, sam = build(options.model, device)
    kind = "cpu" if device == "cpu" else "cuda"
    for training in (name == "training" for name in options.passes.split(",")):
        for precision in options.precision.split(","):
            for batch in (int(text) for text in options.batches.split(",")):
                images = torch.rand(batch, 3, s["image"], s["image"], device=device)
                labels = torch.randint(0, s["classes"] + 1, (batch, s["image"] // 4, s["image"] // 4), device=device)
                optimizer = torch.optim.AdamW([p for p in sam.parameters() if p.requires_grad], lr=1e-4, weight_decay=0.1)

                def step():
                    with torch.autocast(kind, torch.bfloat16, enabled=precision == "bf16"):
                        if not training:
                            with torch.inference_mode():
                                return sam(images)
                        optimizer.zero_grad()
                        loss = loss_of(sam(images), labels)
                    loss.backward()
                    optimizer.step()

                try:
                    if device != "cpu":
                        torch.cuda.empty_cache()
                        torch.cuda.reset_peak_memory_stats()
                    took = seconds(step, device, options.least, options.repetitions)
                except RuntimeError as error:
                    if not out_of_memory(error):
                        raise
                    print(json.dumps(dict(what="end of memory", model=options.model, pass_="training" if training else "inference", precision=precision, batch=batch)), flush=True)
                    sam.zero_grad(set_to_none=True)
                    break
                finally:
                    del images, labels, optimizer
                print(json.dumps(dict(what="published", model=options.model, pass_="training" if training else "inference", precision=precision, batch=batch,
                                      seconds=took, per_second=batch / took, memory=peak(device))), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    checked = commands.add_parser("check")
    checked.add_argument("golden")
    checked.add_argument("--device", default="cpu")
    measured = commands.add_parser("measure")
    measured.add_argument("--device", default="cuda")
    measured.add_argument("--model", default="vit_b", choices=SIZES)
    measured.add_argument("--batches", default="1,4,16,32,64,128")
    measured.add_argument("--passes", default="inference,training")
    measured.add_argument("--precision", default="bf16,fp32")
    measured.add_argument("--repetitions", type=int, default=5)
    measured.add_argument("--least", type=float, default=3.0, help="seconds that a measurement takes at least")
    options = parser.parse_args()
    if options.device != "cpu":
        torch.cuda.set_device(torch.device(options.device).index or 0)
    if options.command == "check":
        sys.exit(0 if check(options.golden, options.device) else 1)
    measure(options)


if __name__ == "__main__":
    main()
