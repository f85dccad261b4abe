using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using Microsoft.ML.SearchSpace;

namespace SAMed.MLNet.Estimators.Sweeps;

/// <summary>A property or field of a search class that a search gives a value, maybe inside of others.</summary>
internal sealed class SearchMember
{
    private readonly MemberInfo _member;
    private readonly SearchMember? _outer;

    private SearchMember(MemberInfo member, SearchMember? outer)
    {
        (_member, _outer) = (member, outer);
        Name = outer is null ? member.Name : $"{outer.Name}.{member.Name}";
        var declared = member is PropertyInfo property ? property.PropertyType : ((FieldInfo)member).FieldType;
        Type = Nullable.GetUnderlyingType(declared) ?? declared;
    }

    /// <summary>The member's name, after those of the members that it is in and a dot.</summary>
    public string Name { get; }

    /// <summary>Its type; of a nullable value the type of the value.</summary>
    public Type Type { get; }

    /// <summary>The attributes that say what to search.</summary>
    public IReadOnlyList<Attribute> Attributes => [.. _member.GetCustomAttributes().Where(attribute => attribute is RangeAttribute or ChoiceAttribute or BooleanChoiceAttribute or NestOptionAttribute)];

    private bool CanBeSet => _member is PropertyInfo { SetMethod.IsPublic: true } or FieldInfo { IsInitOnly: false };

    /// <summary>The members of a class with an attribute, those of nested classes in their place.</summary>
    public static IReadOnlyList<SearchMember> Of(Type type, List<string> faults) => Of(type, outer: null, [type], faults);

    /// <summary>Puts a value into the member of an object of the outermost class. Objects between that are not there are made.</summary>
    public void Set(object root, object value)
    {
        var owner = _outer?.GetOrMake(root) ?? root;
        Write(owner, value);
    }

    /// <summary>A value of a point as a member's type takes it.</summary>
    public static bool TryConvert(object value, Type type, [NotNullWhen(true)] out object? converted)
    {
        converted = (value, type) switch
        {
            (bool or string, _) when type.IsInstanceOfType(value) => value,
            (string text, { IsEnum: true }) => Enum.TryParse(type, text, out var constant) && Enum.IsDefined(type, constant) ? constant : null,
            (long or double, _) when type == typeof(double) || type == typeof(float) => Convert.ChangeType(value, type, CultureInfo.InvariantCulture),
            (long whole, _) when IsWhole(type) => Fits(whole, type) ? Convert.ChangeType(whole, type, CultureInfo.InvariantCulture) : null,
            _ when type == typeof(object) => value,
            _ => null,
        };
        return converted is not null;
    }

    /// <summary>Whether values of the type are whole numbers.</summary>
    public static bool IsWhole(Type type) => !type.IsEnum && Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.UInt64;

    private static bool Fits(long value, Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.SByte => value is >= sbyte.MinValue and <= sbyte.MaxValue,
        TypeCode.Byte => value is >= byte.MinValue and <= byte.MaxValue,
        TypeCode.Int16 => value is >= short.MinValue and <= short.MaxValue,
        TypeCode.UInt16 => value is >= ushort.MinValue and <= ushort.MaxValue,
        TypeCode.Int32 => value is >= int.MinValue and <= int.MaxValue,
        TypeCode.UInt32 => value is >= uint.MinValue and <= uint.MaxValue,
        TypeCode.UInt64 => value >= 0,
        _ => true,
    };

    private static List<SearchMember> Of(Type type, SearchMember? outer, IReadOnlyList<Type> path, List<string> faults)
    {
        List<SearchMember> found = [];
        foreach (var member in Declared(type).Select(member => new SearchMember(member, outer)).Where(member => member.Attributes.Count > 0))
        {
            if (member.Attributes.Count > 1)
            {
                faults.Add($"'{member.Name}' has {string.Join(" and ", member.Attributes.Select(attribute => $"[{attribute.GetType().Name.Replace("Attribute", "", StringComparison.Ordinal)}]"))}; one of them is possible");
            }
            else if (!member.CanBeSet)
            {
                faults.Add($"'{member.Name}' cannot be set; it needs a public set or init");
            }
            else if (member.Attributes[0] is not NestOptionAttribute)
            {
                found.Add(member);
            }
            else if (path.Contains(member.Type))
            {
                faults.Add($"'{member.Name}' is of type {member.Type.Name}, which it is inside of: the space would have no end");
            }
            else if (!member.Type.IsClass || member.Type.GetConstructor([]) is null)
            {
                faults.Add($"'{member.Name}' has [NestOption] and is of type {member.Type.Name}; it must be a class with a constructor that takes nothing");
            }
            else
            {
                found.AddRange(Of(member.Type, member, [.. path, member.Type], faults));
            }
        }
        return found;
    }

    /// <summary>Public properties, then public fields, each in the order of their declaration, those of the base class first.</summary>
    private static IEnumerable<MemberInfo> Declared(Type type)
    {
        const BindingFlags Here = BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        var before = type.BaseType is { } parent && parent != typeof(object) ? Declared(parent) : [];
        return [.. before, .. type.GetProperties(Here).OrderBy(property => property.MetadataToken), .. type.GetFields(Here).OrderBy(field => field.MetadataToken)];
    }

    private object GetOrMake(object root)
    {
        var owner = _outer?.GetOrMake(root) ?? root;
        var value = _member is PropertyInfo property ? property.GetValue(owner) : ((FieldInfo)_member).GetValue(owner);
        if (value is null)
        {
            value = Activator.CreateInstance(Type)!;
            Write(owner, value);
        }
        return value;
    }

    private void Write(object owner, object value)
    {
        if (_member is PropertyInfo property)
        {
            property.SetValue(owner, value);
        }
        else
        {
            ((FieldInfo)_member).SetValue(owner, value);
        }
    }
}
