using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace SAMed.MLNet.Modeling.Checkpoints.Pickle;

/// <summary>Writes plain values as a pickle of protocol 2, the one torch.save uses, with opcodes that PyTorch's weights-only reader knows too.</summary>
internal sealed class PickleWriter
{
    private const int BatchSize = 1000;
    private readonly MemoryStream _stream;
    private readonly Dictionary<string, int> _memo = [];
    private readonly Action<PickleWriter, StoredTensor> _writeTensor;

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
    public void CommonText(string text) => Remembered($"\"{text}", () => Text(text));

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
            Opcodes(items.Length > 3 ? (byte)'t' : (byte)(0x84 + items.Length));
        }
    }

    /// <summary>Writes True or False.</summary>
    public void Boolean(bool value) => Opcodes(value ? (byte)0x88 : (byte)0x89);

    /// <summary>Writes an empty OrderedDict, which is what tensors carry as their hooks.</summary>
    public void EmptyOrderedDict()
    {
        Global("collections", "OrderedDict");
        Opcodes((byte)')', (byte)'R');
    }

    /// <summary>Writes text.</summary>
    public void Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        Opcodes((byte)'X');
        Int32(utf8.Length);
        _stream.Write(utf8);
    }

    /// <summary>Writes an integer in the shortest form.</summary>
    public void Integer(long value)
    {
        switch (value)
        {
            case >= 0 and <= byte.MaxValue:
                Opcodes((byte)'K', (byte)value);
                break;
            case >= 0 and <= ushort.MaxValue:
                Opcodes((byte)'M', (byte)value, (byte)(value >> 8));
                break;
            case >= int.MinValue and <= int.MaxValue:
                Opcodes((byte)'J');
                Int32((int)value);
                break;
            default:
                Long(value);
                break;
        }
    }

    private void Value(object? value)
    {
        switch (value)
        {
            case null or PickleNone: Opcodes((byte)'N'); break;
            case StoredTensor tensor: _writeTensor(this, tensor); break;
            case PickleDict dict: Dict(dict); break;
            case PickleList list: Items((byte)']', (byte)'e', list.Items); break;
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
        }
        foreach (var batch in dict.Entries.Chunk(BatchSize))
        {
            Opcodes((byte)'(');
            foreach (var (key, value) in batch)
            {
                Value(key);
                Value(value);
            }
            Opcodes((byte)'u');
        }
    }

    private void Items(byte empty, byte append, IEnumerable<object?> items)
    {
        Opcodes(empty);
        foreach (var batch in items.Chunk(BatchSize))
        {
            Opcodes((byte)'(');
            foreach (var item in batch)
            {
                Value(item);
            }
            Opcodes(append);
        }
    }

    private void TupleOf(IReadOnlyList<object?> items)
    {
        Opcodes((byte)'(');
        foreach (var item in items)
        {
            Value(item);
        }
        Opcodes((byte)'t');
    }

    // Protocol 2 has no bytes: Python writes them as text and the name of the codec that turns it back.
    private void Bytes(byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            Global("__builtin__", "bytes");
            Opcodes((byte)')', (byte)'R');
            return;
        }
        Global("_codecs", "encode");
        Text(Encoding.Latin1.GetString(bytes));
        CommonText("latin1");
        Opcodes(0x86, (byte)'R');
    }

    private void Double(double number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, number);
        Opcodes((byte)'G');
        _stream.Write(bytes);
    }

    private void Long(BigInteger value)
    {
        var bytes = value.ToByteArray();
        Opcodes(0x8a, checked((byte)bytes.Length));
        _stream.Write(bytes);
    }

    private void Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        _stream.Write(bytes);
    }

    private void Remembered(string key, Action write)
    {
        if (_memo.TryGetValue(key, out var place))
        {
            Opcodes((byte)'h', (byte)place);
            return;
        }
        write();
        place = _memo.Count;
        if (place <= byte.MaxValue)
        {
            _memo[key] = place;
            Opcodes((byte)'q', (byte)place);
        }
    }
}
