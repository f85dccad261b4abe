using SAMed.MLNet.Modeling.Checkpoints.Pickle;
using SAMed.MLNet.Modeling.Checkpoints.Safetensors;
using SAMed.MLNet.Modeling.Checkpoints.Torch;
using SAMed.MLNet.Modeling.Runtime;
using SAMed.MLNet.Shared;
using TorchSharp;
using static TorchSharp.torch;

namespace SAMed.MLNet.Modeling.Checkpoints;

/// <summary>Named tensors in a file: PyTorch's .pth in its zip and legacy form, and safetensors. Nothing in a file is ever executed: a pickle may
/// hold tensors and plain values only.</summary>
/// <remarks>The container is recognised by content. Storages are checked against the file before anything is allocated. Sources: torch/serialization.py,
/// torch/_utils.py, Python's pickletools, the safetensors README.</remarks>
public sealed class TensorFile : IDisposable
{
    private readonly CheckpointContent _content;
    private readonly Dictionary<string, StoredTensor> _stored;
    private readonly Dictionary<string, Tensor> _loaded = [];

    private TensorFile(CheckpointContent content)
    {
        _content = content;
        _stored = content.Tensors.ToDictionary(pair => pair.Key, pair => pair.Value);
        Info = TensorFileInfo.Of(content);
        Names = [.. Info.Tensors.Select(tensor => tensor.Name)];
    }

    /// <summary>What the file holds.</summary>
    public TensorFileInfo Info { get; }

    /// <summary>The file.</summary>
    public string Path => Info.Path;

    /// <summary>The tensors' names in the file's order.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The file's metadata.</summary>
    public IReadOnlyDictionary<string, string> Metadata => Info.Metadata;

    /// <summary>The tensor of that name, on the CPU, contiguous, without gradient. It belongs to this object and dies with it.</summary>
    /// <exception cref="KeyNotFoundException">No tensor of that name.</exception>
    /// <exception cref="CheckpointFormatException">Its data are damaged, or TorchSharp lacks its element type.</exception>
    public Tensor this[string name]
    {
        get
        {
            if (!_loaded.TryGetValue(name, out var tensor))
            {
                tensor = Load(name);
                _loaded[name] = tensor;
            }
            return tensor;
        }
    }

    /// <summary>Reads a whole file into memory and closes it.</summary>
    /// <exception cref="CheckpointFormatException">Not such a file, damaged, or asking for more than tensors and plain values.</exception>
    public static TensorFile Read(string path)
    {
        var file = Open(path);
        try
        {
            file.LoadAll();
            file._content.Dispose();
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens and checks a file; each tensor is read when it is asked for. The file stays open until <see cref="Dispose"/>.</summary>
    /// <exception cref="CheckpointFormatException">As <see cref="Read"/>.</exception>
    public static TensorFile Open(string path)
    {
        LibTorch.Load();
        return new TensorFile(CheckpointReader.Open(path));
    }

    /// <summary>Names, shapes, types and metadata; no tensor data are read and libtorch is not needed.</summary>
    /// <exception cref="CheckpointFormatException">As <see cref="Read"/>.</exception>
    public static TensorFileInfo Identify(string path)
    {
        using var content = CheckpointReader.Open(path);
        return TensorFileInfo.Of(content);
    }

    /// <summary>Whether the file has a tensor of that name.</summary>
    public bool Contains(string name) => _stored.ContainsKey(name);

    /// <summary>Whether the tensor is a torch.nn.Parameter in Python.</summary>
    public bool IsParameter(string name) => _stored[name].IsParameter;

    /// <summary>As the indexer, but a new tensor that the caller disposes; nothing is kept here.</summary>
    public Tensor Load(string name)
    {
        var stored = StoredOf(name);
        return (_loaded.TryGetValue(name, out var kept) ? kept.clone() : TensorMemory.Load(Path, name, stored)).DetachFromDisposeScope();
    }

    /// <summary>Reads tensors into existing ones, on several threads at a time. Where element type, shape and layout agree and the target lies on the CPU, the bytes go from the file
    /// into its memory without a copy between; other targets are converted or copied one after another. Autograd does not see the change.</summary>
    /// <param name="targets">Names in the file and the tensors to fill, each of the stored tensor's shape. They stay the caller's.</param>
    /// <exception cref="KeyNotFoundException">No tensor of that name; nothing is changed.</exception>
    /// <exception cref="ArgumentException">A target has another shape; nothing is changed.</exception>
    /// <exception cref="CheckpointFormatException">The data are damaged, or TorchSharp lacks their element type; what the targets hold then is undefined.</exception>
    public void ReadInto(IEnumerable<KeyValuePair<string, Tensor>> targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        List<(string Name, StoredTensor Stored, Tensor Target)> pairs = [.. targets.Select(target => (target.Key, StoredOf(target.Key), target.Value))];
        if (pairs.FirstOrDefault(pair => !pair.Target.shape.SequenceEqual(pair.Stored.Shape)) is { Target: { } wrong } found)
        {
            throw new ArgumentException($"'{found.Name}' of {Path} has shape [{string.Join(", ", found.Stored.Shape)}], its target [{string.Join(", ", wrong.shape)}].", nameof(targets));
        }
        using var noGrad = no_grad();
        var direct = pairs.ToLookup(pair => !_loaded.ContainsKey(pair.Name) && TensorMemory.Fits(pair.Stored, pair.Target));
        ParallelReader.Fill([.. direct[true].Select(pair => (pair.Stored, pair.Target))]);
        foreach (var pair in direct[false])
        {
            using var values = Load(pair.Name);
            pair.Target.copy_(values);
        }
    }

    /// <summary>Writes tensors in order: .pth, .pt or .bin as torch.save does (a plain dict), .safetensors as safetensors. The file appears whole or not at all.</summary>
    /// <exception cref="ArgumentException">Another extension, a name twice, or an element type that the format lacks.</exception>
    /// <exception cref="CheckpointFormatException">A tensor called __metadata__ for .safetensors, whose header keeps that name.</exception>
    /// <exception cref="IOException">The disk is full or the folder not writable; an older file of that name is untouched.</exception>
    public static void Write(string path, IEnumerable<TensorEntry> entries, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var dict = new PickleDict(ordered: false);
        var count = 0;
        foreach (var entry in entries)
        {
            dict.Set(entry.Name, TensorMemory.Declare(entry));
            if (dict.Entries.Count != ++count)
            {
                throw new ArgumentException($"The tensor '{entry.Name}' is given twice.", nameof(entries));
            }
        }
        Write(path, new FlatTree(path, dict), metadata ?? new Dictionary<string, string>());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _loaded.Values)
        {
            tensor.Dispose();
        }
        _loaded.Clear();
        _content.Dispose();
    }

    private StoredTensor StoredOf(string name) => _stored.TryGetValue(name, out var found) ? found : throw new KeyNotFoundException($"{Path} holds no tensor '{name}'.");

    private void LoadAll()
    {
        foreach (var name in Names)
        {
            _loaded[name] = TensorMemory.Empty(Path, name, _stored[name]).DetachFromDisposeScope();
        }
        ParallelReader.Fill([.. Names.Select(name => (_stored[name], _loaded[name]))]);
    }

    internal static void Write(string path, FlatTree tree, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken = default)
    {
        var write = WriterFor(path, tree, metadata, cancellationToken);
        AtomicFile.Write(path, write);
    }

    /// <summary>Chooses the format by extension, before anything is created.</summary>
    internal static Action<Stream> WriterFor(string path, FlatTree tree, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken = default)
    {
        var extension = System.IO.Path.GetExtension(path);
        return extension.ToUpperInvariant() switch
        {
            ".PTH" or ".PT" or ".BIN" => stream => TorchZipWriter.Write(stream, path, System.IO.Path.GetFileNameWithoutExtension(path), tree, metadata, cancellationToken: cancellationToken),
            ".SAFETENSORS" => stream => SafetensorsWriter.Write(stream, path, tree, metadata, cancellationToken),
            _ => throw new ArgumentException($"The extension of '{path}' is '{extension}', expected .pth, .pt, .bin or .safetensors.", nameof(path)),
        };
    }
}
