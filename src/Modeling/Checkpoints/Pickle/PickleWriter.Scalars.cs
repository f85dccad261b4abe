using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace SAMed.MLNet.Modeling.Checkpoints.Pickle;

/// <summary>Numbers, text and bytes.</summary>
internal sealed partial class PickleWriter
{
    /// <summary>Writes True or False.</summary>
    public void Boolean(bool value) => Opcodes(value ? (byte)0x88 : (byte)0x89);

    /// <summary>Writes text.</summary>
    public void Text(string text)
    {
        BareText(text);
        Number();
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

    // Protocol 2 has no bytes: Python writes them as text and the name of the codec that turns it back.
    private void Bytes(byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            Global("__builtin__", "bytes");
            Opcodes((byte)')');
            Call();
            return;
        }
        Global("_codecs", "encode");
        Text(Encoding.Latin1.GetString(bytes));
        CommonText("latin1");
        EndTuple(2);
        Call();
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

    private void BareText(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        Opcodes((byte)'X');
        Int32(utf8.Length);
        _stream.Write(utf8);
    }
}
