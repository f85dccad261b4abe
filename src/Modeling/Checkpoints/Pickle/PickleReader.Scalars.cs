using System.Globalization;
using System.Numerics;
using System.Text;

namespace SAMed.MLNet.Modeling.Checkpoints.Pickle;

/// <summary>Numbers, text and the stack.</summary>
internal sealed partial class PickleReader
{
    // Long enough for the magic number of a legacy file (10 bytes) and for any 64-bit count.
    private const int MaxLongBytes = 255;

    // Far above any checkpoint (SAM's vit_h needs some 10,000), low enough that a hostile pickle cannot fill the memory.
    private const int MaxValues = 4_000_000;
    private const int MaxMarks = 256;
    private int _pushed;

    private bool StepScalar(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'N': Push(null); break;                                      // NONE
            case 0x88: Push(true); break;                                           // NEWTRUE
            case 0x89: Push(false); break;                                          // NEWFALSE
            case (byte)'I': Push(IntLine(_cursor.Line())); break;                   // INT
            case (byte)'J': Push((long)(int)_cursor.Unsigned(4)); break;            // BININT
            case (byte)'K': Push((long)_cursor.Unsigned(1)); break;                 // BININT1
            case (byte)'M': Push((long)_cursor.Unsigned(2)); break;                 // BININT2
            case (byte)'L': Push(LongLine(_cursor.Line())); break;                  // LONG
            case 0x8a: Push(Long(_cursor.Unsigned(1))); break;                      // LONG1
            case 0x8b: Push(Long(_cursor.Unsigned(4))); break;                      // LONG4
            case (byte)'F': Push(FloatLine(_cursor.Line())); break;                 // FLOAT
            case (byte)'G': Push(BigEndianDouble()); break;                         // BINFLOAT
            default: return false;
        }
        return true;
    }

    private bool StepText(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'S': Push(QuotedLine(_cursor.Line())); break;                // STRING
            case (byte)'T': Push(Utf8(_cursor.Unsigned(4))); break;                 // BINSTRING
            case (byte)'U': Push(Utf8(_cursor.Unsigned(1))); break;                 // SHORT_BINSTRING
            case (byte)'V': Push(_cursor.Line()); break;                            // UNICODE
            case (byte)'X': Push(Utf8(_cursor.Unsigned(4))); break;                 // BINUNICODE
            case 0x8c: Push(Utf8(_cursor.Unsigned(1))); break;                      // SHORT_BINUNICODE
            case 0x8d: Push(Utf8(_cursor.Unsigned(8))); break;                      // BINUNICODE8
            case (byte)'B': Push(_cursor.Bytes(_cursor.Unsigned(4))); break;        // BINBYTES
            case (byte)'C': Push(_cursor.Bytes(_cursor.Unsigned(1))); break;        // SHORT_BINBYTES
            case 0x8e: Push(_cursor.Bytes(_cursor.Unsigned(8))); break;             // BINBYTES8
            case 0x96: Push(_cursor.Bytes(_cursor.Unsigned(8))); break;             // BYTEARRAY8
            default: return false;
        }
        return true;
    }

    private object IntLine(string line) => line switch
    {
        "00" => false,
        "01" => true,
        _ => LongLine(line),
    };

    private object LongLine(string line)
    {
        var digits = line.EndsWith('L') ? line[..^1] : line;
        if (digits.Length > MaxLongBytes || !BigInteger.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            throw Fault("an integer", $"'{Shorten(line)}'");
        }
        return Narrow(value);
    }

    private object Long(ulong count)
    {
        if (count > MaxLongBytes)
        {
            throw Fault($"an integer of at most {MaxLongBytes} bytes", $"{count}");
        }
        return Narrow(new BigInteger(_cursor.Bytes(count)));
    }

    // Small integers are longs everywhere, whatever opcode wrote them.
    private static object Narrow(BigInteger value)
    {
        object narrow = value;
        if (value >= long.MinValue && value <= long.MaxValue)
        {
            narrow = (long)value;
        }
        return narrow;
    }

    private double FloatLine(string line) =>
        double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : throw Fault("a number", $"'{Shorten(line)}'");

    private string QuotedLine(string line) =>
        line.Length >= 2 && line[0] == line[^1] && line[0] is '\'' or '"' ? line[1..^1] : throw Fault("quoted text", $"'{Shorten(line)}'");

    private string Utf8(ulong count) => Encoding.UTF8.GetString(_cursor.Bytes(count));

    private string Text(object? value) => value as string ?? throw Fault("text", value?.GetType().Name ?? "None");

    private ulong Number() =>
        ulong.TryParse(_cursor.Line(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : throw Fault("a memo number", "something else");

    private void Push(object? value)
    {
        if (++_pushed > MaxValues)
        {
            throw Fault($"at most {MaxValues} values", "more; it is no checkpoint");
        }
        _stack.Add(value);
    }

    private void Mark()
    {
        if (_outer.Count >= MaxMarks)
        {
            throw Fault($"marks at most {MaxMarks} deep", "more; it is no checkpoint");
        }
        _outer.Push(_stack);
        _stack = [];
    }

    private object? Peek() => _stack.Count > 0 ? _stack[^1] : throw Fault("a value on the stack", "none");

    private object? Pop()
    {
        var value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private void PopOrMark()
    {
        if (_stack.Count > 0)
        {
            _stack.RemoveAt(_stack.Count - 1);
        }
        else
        {
            PopMark();
        }
    }

    private List<object?> PopMark()
    {
        var items = _stack;
        _stack = _outer.TryPop(out var outer) ? outer : throw Fault("a mark on the stack", "none");
        return items;
    }

    private void Remember(ulong place)
    {
        if (_memo.Count >= MaxValues)
        {
            throw Fault($"at most {MaxValues} remembered values", "more; it is no checkpoint");
        }
        _memo[place] = Peek();
    }

    private object? Memo(ulong place) => _memo.TryGetValue(place, out var value) ? value : throw Fault("a remembered value", $"memo {place}, which was never stored");

    private PickleList ListOnTop() => Peek() as PickleList ?? throw Fault("a list", Peek()?.GetType().Name ?? "None");

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "…";

    private CheckpointFormatException Fault(string expected, string got) => new(_cursor.FilePath, $"pickle, offset {_cursor.Position}", expected, got);

    private CheckpointFormatException Refuse(byte opcode)
    {
        var name = opcode switch
        {
            (byte)'i' => $"{_cursor.Line()}.{_cursor.Line()} (INST)",
            (byte)'o' => "a class (OBJ)",
            0x81 => "a class (NEWOBJ)",
            0x92 => "a class (NEWOBJ_EX)",
            0x82 or 0x83 or 0x84 => "a registered extension (EXT)",
            _ => null,
        };
        return name is not null
            ? CheckpointFormatException.Refused(_cursor.FilePath, name, "A checkpoint holds tensors and plain values only.")
            : Fault("an opcode that torch.save writes", opcode switch
            {
                0x8f or 0x90 or 0x91 => "a set, which no checkpoint needs",
                0x97 or 0x98 => "an out-of-band buffer",
                _ => $"0x{opcode:x2}: not a pickle, or a damaged one",
            });
    }
}
