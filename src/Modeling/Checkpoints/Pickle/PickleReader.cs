using System.Buffers.Binary;
using SAMed.MLNet.Modeling.Checkpoints.Bytes;

namespace SAMed.MLNet.Modeling.Checkpoints.Pickle;

/// <summary>A pickle machine (protocols 0 to 5) that only builds plain values and what <see cref="PickleGlobals"/> allows. It calls nothing,
/// imports nothing and knows no classes; an opcode or a name outside its list ends the reading. (Opcodes: Python's pickletools.)</summary>
internal sealed partial class PickleReader
{
    private readonly ByteCursor _cursor;
    private readonly IPickleBuilder _builder;
    private readonly Stack<List<object?>> _outer = new();
    private readonly Dictionary<ulong, object?> _memo = [];
    private List<object?> _stack = [];

    private PickleReader(ByteCursor cursor, IPickleBuilder builder) => (_cursor, _builder) = (cursor, builder);

    /// <summary>Reads one pickle from the cursor up to and with its STOP.</summary>
    public static object? Read(ByteCursor cursor, IPickleBuilder builder)
    {
        var reader = new PickleReader(cursor, builder);
        byte opcode;
        while ((opcode = cursor.Byte()) != '.')
        {
            reader.Step(opcode);
        }
        return reader.Pop();
    }

    private void Step(byte opcode)
    {
        if (!StepStack(opcode) && !StepScalar(opcode) && !StepText(opcode) && !StepContainer(opcode) && !StepCall(opcode))
        {
            throw Refuse(opcode);
        }
    }

    private bool StepStack(byte opcode)
    {
        switch (opcode)
        {
            case 0x80: Protocol(); break;
            case 0x95: _cursor.Unsigned(8); break;                                  // FRAME: a hint only
            case (byte)'(': Mark(); break;                                          // MARK
            case (byte)'0': PopOrMark(); break;                                     // POP
            case (byte)'1': PopMark(); break;                                       // POP_MARK
            case (byte)'2': Push(Peek()); break;                                    // DUP
            case (byte)'g': Push(Memo(Number())); break;                            // GET
            case (byte)'h': Push(Memo(_cursor.Unsigned(1))); break;                 // BINGET
            case (byte)'j': Push(Memo(_cursor.Unsigned(4))); break;                 // LONG_BINGET
            case (byte)'p': Remember(Number()); break;                              // PUT
            case (byte)'q': Remember(_cursor.Unsigned(1)); break;                   // BINPUT
            case (byte)'r': Remember(_cursor.Unsigned(4)); break;                   // LONG_BINPUT
            case 0x94: Remember((ulong)_memo.Count); break;                         // MEMOIZE
            default: return false;
        }
        return true;
    }

    private bool StepContainer(byte opcode)
    {
        switch (opcode)
        {
            case (byte)']': Push(new PickleList()); break;                          // EMPTY_LIST
            case (byte)'l': PushList(PopMark()); break;                             // LIST
            case (byte)'a': { var item = Pop(); ListOnTop().Items.Add(item); break; } // APPEND
            case (byte)'e': { var items = PopMark(); ListOnTop().Items.AddRange(items); break; } // APPENDS
            case (byte)')': Push(new PickleTuple([])); break;                       // EMPTY_TUPLE
            case (byte)'t': Push(new PickleTuple([.. PopMark()])); break;           // TUPLE
            case 0x85: PushTuple(1); break;                                         // TUPLE1
            case 0x86: PushTuple(2); break;                                         // TUPLE2
            case 0x87: PushTuple(3); break;                                         // TUPLE3
            case (byte)'}': Push(new PickleDict(ordered: false)); break;            // EMPTY_DICT
            case (byte)'d': { var pairs = PopMark(); Push(new PickleDict(ordered: false)); SetItems(pairs); break; } // DICT
            case (byte)'s': { var value = Pop(); var key = Pop(); SetItems([key, value]); break; } // SETITEM
            case (byte)'u': SetItems(PopMark()); break;                             // SETITEMS
            default: return false;
        }
        return true;
    }

    private bool StepCall(byte opcode)
    {
        switch (opcode)
        {
            case (byte)'c': { var module = _cursor.Line(); Push(PickleGlobals.Resolve(_cursor.FilePath, module, _cursor.Line())); break; } // GLOBAL
            case 0x93: { var name = Text(Pop()); Push(PickleGlobals.Resolve(_cursor.FilePath, Text(Pop()), name)); break; } // STACK_GLOBAL
            case (byte)'R': Reduce(); break;                                        // REDUCE
            case (byte)'b': Build(); break;                                         // BUILD
            case (byte)'P': Push(_builder.Persistent(_cursor.Line())); break;       // PERSID
            case (byte)'Q': Push(_builder.Persistent(Pop())); break;                // BINPERSID
            default: return false;
        }
        return true;
    }

    private void Reduce()
    {
        var arguments = Pop() as PickleTuple ?? throw Fault("a tuple of arguments", "something else");
        var global = Pop() as PickleGlobal ?? throw Fault("a name to call", "a value");
        Push(_builder.Call(global, arguments.Items));
    }

    // A state set on a dict or a parameter is an attribute such as _metadata: it holds no tensor of the checkpoint.
    private void Build()
    {
        Pop();
        Peek();
    }

    private void SetItems(List<object?> pairs)
    {
        if (pairs.Count % 2 != 0)
        {
            throw Fault("pairs of key and value", $"{pairs.Count} values");
        }
        var dict = Peek() as PickleDict ?? throw Fault("a dict", Peek()?.GetType().Name ?? "None");
        for (var i = 0; i < pairs.Count; i += 2)
        {
            dict.Set(pairs[i] ?? PickleNone.Instance, pairs[i + 1]);
        }
    }

    private void Protocol()
    {
        var protocol = _cursor.Byte();
        if (protocol > 5)
        {
            throw Fault("protocol 0 to 5", $"{protocol}");
        }
    }

    private double BigEndianDouble() => BinaryPrimitives.ReadDoubleBigEndian(_cursor.Bytes(8));

    private void PushTuple(int count)
    {
        if (_stack.Count < count)
        {
            throw Fault($"{count} values", $"{_stack.Count}");
        }
        var items = _stack.GetRange(_stack.Count - count, count);
        _stack.RemoveRange(_stack.Count - count, count);
        Push(new PickleTuple([.. items]));
    }

    private void PushList(List<object?> items)
    {
        var list = new PickleList();
        list.Items.AddRange(items);
        Push(list);
    }
}
