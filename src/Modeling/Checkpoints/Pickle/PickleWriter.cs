using System.Numerics;
using System.Text;

namespace SAMed.MLNet.Modeling.Checkpoints.Pickle;

/// <summary>Writes plain values as a pickle of protocol 2, the one torch.save uses, with opcodes that PyTorch's weights-only reader knows too. Values are numbered (BINPUT) where
/// Python's own pickler numbers them, so that the same tensors give the bytes that torch.save gives. (Opcodes and their order: Python's pickle.py.)</summary>
internal sealed partial class PickleWriter
{
    private const int BatchSize = 1000;
    private readonly MemoryStream _stream;
    private readonly Dictionary<string, int> _memo = [];
    private readonly Action<PickleWriter, StoredTensor> _writeTensor;
    private int _numbered;

    private PickleWriter(MemoryStream stream, Action<PickleWriter, StoredTensor> writeTensor) => (_stream, _writeTensor) = (stream, writeTensor);

    /// <summary>The pickle of <paramref name="root"/>; <paramref name="writeTensor"/> says how a tensor is written.</summary>
    public static byte[] Write(object? root, Action<PickleWriter, StoredTensor> writeTensor)
    {
        using var stream = new MemoryStream();
        var writer = new PickleWriter(stream, writeTensor);
        writer.Opcodes(0x80, 2);
        writer.Value(root);
        writer.Opcodes((byte)'.');
        return stream.ToArray();
    }

    /// <summary>Writes opcodes as they are.</summary>
    public void Opcodes(params ReadOnlySpan<byte> opcodes) => _stream.Write(opcodes);

    /// <summary>Writes a name to call or to refer to; the second time as a reference to the first.</summary>
    public void Global(string module, string name) => Remembered($"{module}\n{name}", () =>
    {
        Opcodes((byte)'c');
        _stream.Write(Encoding.ASCII.GetBytes($"{module}\n{name}\n"));
    });

    /// <summary>Writes text that occurs often; the second time as a reference to the first.</summary>
    public void CommonText(string text) => Remembered($"\"{text}", () => BareText(text));

    /// <summary>Writes a tuple of integers.</summary>
    public void Tuple(ReadOnlySpan<long> items)
    {
        if (items.Length is 0 or > 3)
        {
            Opcodes(items.Length == 0 ? (byte)')' : (byte)'(');
        }
        foreach (var item in items)
        {
            Integer(item);
        }
        if (items.Length > 0)
        {
            EndTuple(items.Length);
        }
    }

    /// <summary>Ends a tuple of <paramref name="count"/> items, at least 1, which stand on the stack; more than three stand after a mark.</summary>
    public void EndTuple(int count)
    {
        Opcodes(count > 3 ? (byte)'t' : (byte)(0x84 + count));
        Number();
    }

    /// <summary>Calls the name below the tuple of arguments on the stack.</summary>
    public void Call()
    {
        Opcodes((byte)'R');
        Number();
    }

    /// <summary>Writes an empty OrderedDict, which is what tensors carry as their hooks.</summary>
    public void EmptyOrderedDict()
    {
        Global("collections", "OrderedDict");
        Opcodes((byte)')');
        Call();
    }

    private void Value(object? value)
    {
        switch (value)
        {
            case null or PickleNone: Opcodes((byte)'N'); break;
            case StoredTensor tensor: _writeTensor(this, tensor); break;
            case PickleDict dict: Dict(dict); break;
            case PickleList list: List(list); break;
            case PickleTuple tuple: TupleOf(tuple.Items); break;
            case PickleGlobal global: Global(global.Name[..global.Name.LastIndexOf('.')], global.Name[(global.Name.LastIndexOf('.') + 1)..]); break;
            case bool flag: Boolean(flag); break;
            case long integer: Integer(integer); break;
            case BigInteger integer: Long(integer); break;
            case double number: Double(number); break;
            case string text: Text(text); break;
            case byte[] bytes: Bytes(bytes); break;
            default: throw new InvalidOperationException($"A pickle has no form for {value.GetType()}.");
        }
    }

    private void Dict(PickleDict dict)
    {
        if (dict.IsOrderedDict)
        {
            EmptyOrderedDict();
        }
        else
        {
            Opcodes((byte)'}');
            Number();
        }
        Batches(dict.Entries, (byte)'s', (byte)'u', entry =>
        {
            Value(entry.Key);
            Value(entry.Value);
        });
    }

    private void List(PickleList list)
    {
        Opcodes((byte)']');
        Number();
        Batches(list.Items, (byte)'a', (byte)'e', Value);
    }

    /// <summary>One item with <paramref name="single"/>, several between a mark and <paramref name="many"/>.</summary>
    private void Batches<T>(IEnumerable<T> items, byte single, byte many, Action<T> write)
    {
        foreach (var batch in items.Chunk(BatchSize))
        {
            if (batch.Length > 1)
            {
                Opcodes((byte)'(');
            }
            foreach (var item in batch)
            {
                write(item);
            }
            Opcodes(batch.Length > 1 ? many : single);
        }
    }

    private void TupleOf(IReadOnlyList<object?> items)
    {
        if (items.Count is 0 or > 3)
        {
            Opcodes(items.Count == 0 ? (byte)')' : (byte)'(');
        }
        foreach (var item in items)
        {
            Value(item);
        }
        if (items.Count > 0)
        {
            EndTuple(items.Count);
        }
    }

    private void Remembered(string key, Action write)
    {
        if (_memo.TryGetValue(key, out var number))
        {
            Place((byte)'h', (byte)'j', number);
            return;
        }
        write();
        _memo[key] = Number();
    }

    /// <summary>Gives the value on the stack its number (BINPUT), by which it can be had again.</summary>
    private int Number()
    {
        Place((byte)'q', (byte)'r', _numbered);
        return _numbered++;
    }

    private void Place(byte shortForm, byte longForm, int number)
    {
        if (number <= byte.MaxValue)
        {
            Opcodes(shortForm, (byte)number);
            return;
        }
        Opcodes(longForm);
        Int32(number);
    }
}
