using SAMed.MLNet.Modeling.Adapters;
using SAMed.MLNet.Modeling.Sam;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>A SAM checkpoint and a LoRA file that are to become one.</summary>
internal sealed class LoraPair
{
    private const string FirstWeight = "image_encoder.patch_embed.proj.weight";

    private readonly CheckpointContent _samFile;
    private readonly CheckpointContent _loraFile;
    private readonly CheckpointSummary _samSummary;
    private readonly CheckpointSummary _loraSummary;
    private readonly LoraMetadata? _metadata;
    private readonly List<KeyValuePair<string, StoredTensor>> _sam;
    private readonly Dictionary<string, StoredTensor> _lora;
    private readonly Dictionary<string, StoredTensor> _samByName;
    private readonly IReadOnlyDictionary<string, long[]> _layout;

    public LoraPair(CheckpointContent sam, CheckpointContent lora)
    {
        (_samFile, _loraFile) = (sam, lora);
        (_samSummary, _loraSummary) = (CheckpointInspector.Inspect(TensorFileInfo.Of(sam)), CheckpointInspector.Inspect(TensorFileInfo.Of(lora)));
        _metadata = LoraCheckpoint.MetadataOf(TensorFileInfo.Of(lora));
        _sam = [.. sam.Tensors.Where(pair => pair.Key.StartsWith(_samSummary.Prefix, StringComparison.Ordinal)).Select(pair => KeyValuePair.Create(pair.Key[_samSummary.Prefix.Length..], pair.Value))];
        _lora = lora.Tensors.ToDictionary(pair => pair.Key, pair => pair.Value);
        _samByName = _sam.ToDictionary(pair => pair.Key, pair => pair.Value);
        _layout = SamLayout.Of(Sizes());
    }

    /// <summary>The SAM file.</summary>
    public string SamPath => _samFile.FilePath;

    /// <summary>The LoRA file.</summary>
    public string LoraPath => _loraFile.FilePath;

    /// <summary>The type of SAM's tensor of that name, or, for those that only the LoRA file has, of SAM's first weights: the result is of SAM's type throughout.</summary>
    public ElementType TypeOf(string name) => (_samByName.GetValueOrDefault(name) ?? _samByName[FirstWeight]).Type;

    /// <summary>Which of the two files a tensor of <see cref="Plain"/> lies in.</summary>
    public string PathOf(string name, StoredTensor tensor) => ReferenceEquals(_lora.GetValueOrDefault(name), tensor) ? LoraPath : SamPath;

    private bool InDecoder => _loraSummary.Kind == CheckpointKind.SamedSLora;

    /// <summary>Refuses files that are something else, or do not belong together.</summary>
    public void Check()
    {
        if (_samSummary.Kind != CheckpointKind.Sam)
        {
            throw new CheckpointFormatException(SamPath, "content", "a SAM checkpoint (image_encoder, prompt_encoder, mask_decoder), as sam_vit_b_01ec64.pth", _samSummary.Description);
        }
        if (!IsWithoutUpdates && _loraSummary.Kind is not (CheckpointKind.SamedLora or CheckpointKind.SamedSLora))
        {
            throw new CheckpointFormatException(LoraPath, "content", "a SAMed LoRA file (w_a_000, …, prompt_encoder.*, mask_decoder.*), or one that was trained here without LoRA", _loraSummary.Description);
        }
        List<string> differences = [];
        if (_loraSummary.EmbedDim is { } width && width != _samSummary.EmbedDim)
        {
            differences.Add($"embed_dim: the LoRA file has {width}, the SAM checkpoint {_samSummary.EmbedDim}");
        }
        if (_metadata?.Layers is null && _loraSummary.Depth is { } depth && depth != _samSummary.Depth)
        {
            differences.Add($"adapted blocks: the LoRA file has {depth}, the SAM checkpoint {_samSummary.Depth} blocks");
        }
        var (sha256, source) = (SamCheckpoint.Sha256Of(SamPath), _samFile.Metadata.GetValueOrDefault(CheckpointConverter.SourceSha256Key));
        if (!BringsEncoder && _metadata?.BaseSha256 is { } trainedOn && !trainedOn.Equals(sha256, StringComparison.OrdinalIgnoreCase) && !trainedOn.Equals(source, StringComparison.OrdinalIgnoreCase))
        {
            differences.Add($"SAM base: the LoRA file was trained on {_metadata.BaseFile ?? "one"} with SHA-256 {trainedOn}, this one has {sha256}");
        }
        Refuse(differences);
        CheckTensors();
    }

    /// <summary>The tensors of the result before updates, under SAM's names and in SAM's order of parts.</summary>
    public IEnumerable<KeyValuePair<string, StoredTensor>> Plain() =>
    [
        .. Of(_sam, LoraLayout.ImageEncoder).Select(pair => KeyValuePair.Create(pair.Key, _lora.GetValueOrDefault(pair.Key) ?? pair.Value)),
        .. Of(_lora, LoraLayout.PromptEncoder),
        .. InDecoder ? Of(_sam, LoraLayout.FrozenTransformer) : [],
        .. Of(_lora, LoraLayout.MaskDecoder),
    ];

    /// <summary>The updates of each weight, by its name.</summary>
    public IReadOnlyDictionary<string, List<LoraUpdate>> Updates()
    {
        var keys = UpdateKeys();
        var keyOf = keys.ToDictionary(pair => pair.State, pair => pair.Key);
        Dictionary<string, List<LoraUpdate>> updates = [];
        foreach (var (key, state) in keys.Where(pair => LoraUpdateNames.IsA(pair.State)))
        {
            var name = LoraUpdateNames.WeightOf(state);
            var other = keyOf[LoraUpdateNames.BOf(state)];
            var update = new LoraUpdate((key, _lora[key]), (other, _lora[other]), LoraUpdateNames.FirstRowOf(state, _layout[name]));
            (updates.TryGetValue(name, out var list) ? list : updates[name] = []).Add(update);
        }
        return updates;
    }

    private bool BringsEncoder => !InDecoder && _lora.Keys.Any(key => key.StartsWith(LoraLayout.ImageEncoder, StringComparison.Ordinal));

    // Trained without LoRA there is nothing to add; the decoder, and the encoder where it trained, take SAM's place. Only what we wrote says so of itself.
    private bool IsWithoutUpdates => _metadata?.Placement == LoraPlacement.None && (_loraSummary.Kind is CheckpointKind.Decoder or CheckpointKind.Sam);

    /// <summary>Refuses files that lack tensors, or have others or of other shapes than a network of SAM's sizes with the LoRA file's classes.</summary>
    private void CheckTensors()
    {
        var network = $"SAM of {SamPath} with {_loraSummary.Classes} classes";
        if (!BringsEncoder)
        {
            string[] used = InDecoder ? [LoraLayout.ImageEncoder, LoraLayout.FrozenTransformer] : [LoraLayout.ImageEncoder];
            TensorSet.Check(SamPath, _samSummary.Description, "the SAM network of its sizes",
                Shapes(_samByName.Where(pair => StartsWithAny(pair.Key, used))), _layout.Where(pair => StartsWithAny(pair.Key, used)).ToDictionary());
        }
        var expected = _layout.Where(pair => InLora(pair.Key)).ToDictionary();
        foreach (var (key, state) in UpdateKeys())
        {
            var name = LoraUpdateNames.WeightOf(state);
            if (!_layout.TryGetValue(name, out var weight))
            {
                Refuse([$"it updates {name}, which the SAM checkpoint does not have"]);
            }
            expected[key] = LoraUpdateNames.ShapeOf(state, weight!, _loraSummary.Rank ?? 0);
        }
        TensorSet.Check(LoraPath, _loraSummary.Description, network, Shapes(_lora), expected);
    }

    private bool InLora(string name) => name.StartsWith(LoraLayout.PromptEncoder, StringComparison.Ordinal)
        || (name.StartsWith(LoraLayout.MaskDecoder, StringComparison.Ordinal) && !(InDecoder && name.StartsWith(LoraLayout.FrozenTransformer, StringComparison.Ordinal)))
        || (BringsEncoder && name.StartsWith(LoraLayout.ImageEncoder, StringComparison.Ordinal));

    /// <summary>SAM's sizes, with what depends on the classes, and the encoder where the LoRA file brings it, from the LoRA file.</summary>
    private SamOptions Sizes()
    {
        var shapes = Shapes(_samByName);
        foreach (var (name, tensor) in _lora.Where(pair => SamCheckpoint.IsClassDependent(pair.Key) || (BringsEncoder && pair.Key.StartsWith(LoraLayout.ImageEncoder, StringComparison.Ordinal))))
        {
            shapes[name] = tensor.Shape;
        }
        var sizes = SamSizes.Of(shapes);
        return sizes with { DecoderDepth = _metadata?.Architecture?.DecoderDepth ?? sizes.DecoderDepth };
    }

    private (string Key, string State)[] UpdateKeys()
    {
        if (IsWithoutUpdates)
        {
            return [];
        }
        int[] blocks = [.. (_metadata?.Layers ?? [.. Enumerable.Range(0, _samSummary.Depth!.Value)]).Order()];
        return [.. LoraLayout.EncoderKeys(blocks), .. InDecoder ? [.. LoraLayout.DecoderKeys(Sizes().DecoderDepth), .. LoraLayout.FinalKeys()] : Array.Empty<(string, string)>()];
    }

    private static Dictionary<string, long[]> Shapes(IEnumerable<KeyValuePair<string, StoredTensor>> tensors) => tensors.ToDictionary(pair => pair.Key, pair => pair.Value.Shape);

    private static bool StartsWithAny(string name, string[] parts) => parts.Any(part => name.StartsWith(part, StringComparison.Ordinal));

    private static IEnumerable<KeyValuePair<string, StoredTensor>> Of(IEnumerable<KeyValuePair<string, StoredTensor>> tensors, string part) =>
        tensors.Where(pair => pair.Key.StartsWith(part, StringComparison.Ordinal));

    private void Refuse(List<string> differences)
    {
        if (differences.Count > 0)
        {
            throw new CheckpointMismatchException(LoraPath, _loraSummary.Description, $"{SamPath}, {_samSummary.Description}", differences);
        }
    }
}
