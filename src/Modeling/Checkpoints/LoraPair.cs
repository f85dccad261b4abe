namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>A SAM checkpoint and a LoRA file that are to become one.</summary>
internal sealed class LoraPair
{
    private readonly CheckpointContent _samFile;
    private readonly CheckpointContent _loraFile;
    private readonly CheckpointSummary _samSummary;
    private readonly CheckpointSummary _loraSummary;
    private readonly LoraMetadata? _metadata;
    private readonly List<KeyValuePair<string, StoredTensor>> _sam;
    private readonly Dictionary<string, StoredTensor> _lora;

    public LoraPair(CheckpointContent sam, CheckpointContent lora)
    {
        (_samFile, _loraFile) = (sam, lora);
        (_samSummary, _loraSummary) = (CheckpointInspector.Inspect(TensorFileInfo.Of(sam)), CheckpointInspector.Inspect(TensorFileInfo.Of(lora)));
        _metadata = LoraCheckpoint.MetadataOf(TensorFileInfo.Of(lora));
        _sam = [.. sam.Tensors.Where(pair => pair.Key.StartsWith(_samSummary.Prefix, StringComparison.Ordinal)).Select(pair => KeyValuePair.Create(pair.Key[_samSummary.Prefix.Length..], pair.Value))];
        _lora = lora.Tensors.ToDictionary(pair => pair.Key, pair => pair.Value);
    }

    /// <summary>The SAM file.</summary>
    public string SamPath => _samFile.FilePath;

    /// <summary>The LoRA file.</summary>
    public string LoraPath => _loraFile.FilePath;

    private bool InDecoder => _loraSummary.Kind == CheckpointKind.SamedSLora;

    /// <summary>Refuses files that are something else, or do not belong together.</summary>
    public void Check()
    {
        if (_samSummary.Kind != CheckpointKind.Sam)
        {
            throw new CheckpointFormatException(SamPath, "content", "a SAM checkpoint (image_encoder, prompt_encoder, mask_decoder), as sam_vit_b_01ec64.pth", _samSummary.Description);
        }
        if (_loraSummary.Kind is not (CheckpointKind.SamedLora or CheckpointKind.SamedSLora))
        {
            throw new CheckpointFormatException(LoraPath, "content", "a SAMed LoRA file (w_a_000, …, prompt_encoder.*, mask_decoder.*)", _loraSummary.Description);
        }
        List<string> differences = [];
        if (_loraSummary.EmbedDim != _samSummary.EmbedDim)
        {
            differences.Add($"embed_dim: the LoRA file has {_loraSummary.EmbedDim}, the SAM checkpoint {_samSummary.EmbedDim}");
        }
        if (_metadata?.Layers is null && _loraSummary.Depth != _samSummary.Depth)
        {
            differences.Add($"adapted blocks: the LoRA file has {_loraSummary.Depth}, the SAM checkpoint {_samSummary.Depth} blocks");
        }
        var (sha256, source) = (SamCheckpoint.Sha256Of(SamPath), _samFile.Metadata.GetValueOrDefault(CheckpointConverter.SourceSha256Key));
        if (!BringsEncoder && _metadata?.BaseSha256 is { } trainedOn && !trainedOn.Equals(sha256, StringComparison.OrdinalIgnoreCase) && !trainedOn.Equals(source, StringComparison.OrdinalIgnoreCase))
        {
            differences.Add($"SAM base: the LoRA file was trained on {_metadata.BaseFile ?? "one"} with SHA-256 {trainedOn}, this one has {sha256}");
        }
        Refuse(differences);
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
        int[] blocks = [.. (_metadata?.Layers ?? [.. Enumerable.Range(0, _samSummary.Depth!.Value)]).Order()];
        var layers = _lora.Keys.Count(key => key.StartsWith("sa_a_", StringComparison.Ordinal)) / 2;
        (string Key, string State)[] keys = [.. LoraLayout.EncoderKeys(blocks), .. InDecoder ? [.. LoraLayout.DecoderKeys(layers), .. LoraLayout.FinalKeys()] : Array.Empty<(string, string)>()];
        var keyOf = keys.ToDictionary(pair => pair.State, pair => pair.Key);
        var weights = Plain().ToDictionary(pair => pair.Key, pair => pair.Value);
        Dictionary<string, List<LoraUpdate>> updates = [];
        foreach (var (key, state) in keys.Where(pair => IsA(pair.State)))
        {
            var update = new LoraUpdate(Part(key), Part(keyOf[BOf(state)]), 0);
            var name = WeightOf(state);
            if (!weights.TryGetValue(name, out var weight))
            {
                Refuse([$"the LoRA file updates {name}, which the SAM checkpoint does not have"]);
            }
            // Of the joint projection the value's rows are the last third.
            update = update with { FirstRow = state.Contains(".linear_a_v.", StringComparison.Ordinal) ? weight!.Shape[0] / 3 * 2 : 0 };
            Fit(name, weight!, update);
            (updates.TryGetValue(name, out var list) ? list : updates[name] = []).Add(update);
        }
        return updates;
    }

    private bool BringsEncoder => !InDecoder && _lora.Keys.Any(key => key.StartsWith(LoraLayout.ImageEncoder, StringComparison.Ordinal));

    private static bool IsA(string state) => state.Contains(".linear_a_", StringComparison.Ordinal) || state.Contains(".w_a.", StringComparison.Ordinal);

    private static string BOf(string state) => state.Replace(".linear_a_", ".linear_b_", StringComparison.Ordinal).Replace(".w_a.", ".w_b.", StringComparison.Ordinal);

    private static string WeightOf(string state) => state["sam.".Length..]
        .Replace(".linear_a_q.", ".", StringComparison.Ordinal).Replace(".linear_a_v.", ".", StringComparison.Ordinal).Replace(".w_a.", ".", StringComparison.Ordinal);

    private static IEnumerable<KeyValuePair<string, StoredTensor>> Of(IEnumerable<KeyValuePair<string, StoredTensor>> tensors, string part) =>
        tensors.Where(pair => pair.Key.StartsWith(part, StringComparison.Ordinal));

    private (string Key, StoredTensor Tensor) Part(string key) =>
        (key, _lora.TryGetValue(key, out var tensor) ? tensor : throw new CheckpointFormatException(LoraPath, $"'{key}'", "a tensor of that name", "none"));

    private void Fit(string name, StoredTensor weight, LoraUpdate update)
    {
        var fits = weight.Shape is [var rows, var columns] && update.A.Tensor.Shape is [var rank, var width] && update.B.Tensor.Shape is [var height, var inner]
            && width == columns && inner == rank && update.FirstRow + height <= rows;
        if (!fits)
        {
            Refuse([$"{name} is [{string.Join(", ", weight.Shape)}], its update [{string.Join(", ", update.B.Tensor.Shape)}] · [{string.Join(", ", update.A.Tensor.Shape)}]"]);
        }
    }

    private void Refuse(List<string> differences)
    {
        if (differences.Count > 0)
        {
            throw new CheckpointMismatchException(LoraPath, _loraSummary.Description, $"{SamPath}, {_samSummary.Description}", differences);
        }
    }
}
